import { line, type Line, nothing } from '../model/line.js'
import type { LogLevel } from './logger.js'
import type { Notice } from './notice.js'

/** A line that is due. */
export interface LogLine {
  readonly level: LogLevel
  readonly text: Line
  /** null if the line summarises several */
  readonly notice: Notice | null
  /** how often it has happened */
  readonly times: number
}

interface Streak {
  readonly firstAt: number
  /** when its last line was written, and the count at that time */
  writtenAt: number
  times: number
  /** the last notice without a line */
  held: Notice | null
}

interface Kind {
  readonly since: number
  written: number
  /** subjects that were not named */
  readonly left: Set<string>
  level: LogLevel
}

/** How many subjects of one kind of event have lines of their own at a time; the others are counted. */
const subjectsAtOnce = 4

/**
 * Decides which notices become lines. The first of a subject does at once; while it repeats, there is one line for each
 * `withinMs` with the count. If many subjects have the same trouble, some are named, and the others counted.
 */
export class Folding {
  private readonly withinMs: number
  private readonly streaks = new Map<string, Streak>()
  private readonly kinds = new Map<string, Kind>()

  constructor(withinMs: number) {
    this.withinMs = withinMs
  }

  /** Whether `due` may return lines or forget subjects later. */
  get isPending(): boolean {
    return this.streaks.size > 0
  }

  /** The notice's line; null if it is counted with others. */
  take(notice: Notice, now: number): LogLine | null {
    const key = `${notice.event} ${notice.subject}`
    const streak = this.streaks.get(key)
    if (streak !== undefined) {
      streak.times++
      streak.held = notice
      return null
    }
    this.streaks.set(key, { firstAt: now, writtenAt: now, times: 1, held: null })
    if (!this.isNamed(notice, now)) return null
    return { level: notice.level, text: line`${notice.what}${notice.why}`, notice, times: 1 }
  }

  /**
   * The lines that summarise repeated notices; forgets subjects that did not repeat. `early`: even before their time is over.
   */
  due(now: number, early = false): readonly LogLine[] {
    const lines: LogLine[] = []
    for (const [key, streak] of this.streaks) {
      if (!early && now - streak.writtenAt < this.withinMs) continue
      const { held, times } = streak
      if (held === null) this.streaks.delete(key)
      else {
        streak.writtenAt = now
        streak.held = null
        if (this.isNamed(held, now))
          lines.push({ level: held.level, text: repeated(held, streak, now), notice: held, times })
      }
    }
    for (const [event, kind] of this.kinds) {
      if (!early && now - kind.since < this.withinMs) continue
      this.kinds.delete(event)
      const { size } = kind.left
      if (size > 0)
        lines.push({
          level: kind.level,
          text: line`${event}, ${size} more in ${seconds(now - kind.since)} s`,
          notice: null,
          times: size
        })
    }
    return lines
  }

  private isNamed({ event, subject, level }: Notice, now: number): boolean {
    let kind = this.kinds.get(event)
    if (kind === undefined) this.kinds.set(event, (kind = { since: now, written: 0, left: new Set(), level }))
    if (kind.written < subjectsAtOnce) {
      kind.written++
      return true
    }
    kind.left.add(subject)
    kind.level = level
    return false
  }
}

const repeated = ({ what, why }: Notice, { times, firstAt }: Streak, now: number): Line =>
  line`${what}, ${times}${ordinal(times)} time in ${seconds(now - firstAt)} s${why.text === '' ? nothing : why}`

const seconds = (ms: number): number => Math.round(ms / 1_000)

const ordinal = (number: number): string => {
  const tens = number % 100
  if (tens >= 11 && tens <= 13) return 'th'
  return ['th', 'st', 'nd', 'rd'][number % 10] ?? 'th'
}

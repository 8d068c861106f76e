import { drawDiagram, drawRows } from './diagram/draw.js'
import type { Marble } from './diagram/marble.js'
import type { Schedule, ScheduleEvent } from './schedule-event.js'

/** Latin letters, then Cyrillic ones. */
const letters =
  'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ' +
  Array.from({ length: 130 }, (_, index) => String.fromCharCode(0x400 + index)).join('')
/** The maximum number of records: one for each letter. */
export const mostRecords = letters.length
export const memberNames = ['one', 'two', 'three', 'four'] as const
const memberChars = { join: '^', drain: '|', leave: '!', crash: '#', expire: 'x' } as const
const faultChars = {
  disconnect: 'x',
  NOT_COORDINATOR: 'n',
  UNKNOWN_MEMBER_ID: 'u',
  SHARE_SESSION_NOT_FOUND: 's'
} as const

/** A record of a schedule. */
export type ScheduledRecord = ScheduleEvent & { readonly _tag: 'record' }

/** A schedule as a diagram of actions, with the meaning of its letters. */
export interface DrawnSchedule {
  readonly diagram: string
  readonly records: ReadonlyMap<string, ScheduledRecord>
}

export const drawnSchedule = ({ topic, events }: Schedule): DrawnSchedule => {
  const lines = new ScheduleLines(topic)
  const all: readonly ScheduleEvent[] = [{ _tag: 'join', member: 0, at: 0 }, ...events]
  for (const event of [...all].sort((a, b) => a.at - b.at)) lines.add(event)
  return { diagram: lines.draw(), records: lines.records }
}

/** The lines of a schedule's diagram. */
class ScheduleLines {
  private readonly lines = new Map<string, Marble[]>()
  /** the records, by letter */
  readonly records = new Map<string, ScheduledRecord>()
  private readonly topic: string

  constructor(topic: string) {
    this.topic = topic
    // The topic exists even if no record is written: members need something to read.
    this.lines.set(`${topic}/0`, [])
  }

  add(event: ScheduleEvent): void {
    switch (event._tag) {
      case 'record': {
        const letter = letters[this.records.size]
        if (letter === undefined) throw new RangeError(`a schedule has at most ${String(mostRecords)} records`)
        this.records.set(letter, event)
        this.put(`${this.topic}/${String(event.partition)}`, event.at, letter)
        if (event.takes + event.failures > 0) this.sink(letter, event.takes, event.failures)
        break
      }
      case 'fail':
        this.put(`fails ${event.api}`, event.at, faultChars[event.fault])
        break
      default:
        this.member(memberNames[event.member % memberNames.length] ?? 'one', event)
    }
  }

  draw(): string {
    const order = (name: string): number => ['/', 'sink ', 'fails '].findIndex((part) => name.includes(part)) + 1 || 9
    const names = [...this.lines.keys()].sort((a, b) => order(a) - order(b))
    const width = Math.max(...[...this.lines.values()].flat().map(({ column }) => column)) + 3
    return drawDiagram(
      names.flatMap((name) => {
        const marbles = this.lines.get(name) ?? []
        return drawRows(marbles, name.startsWith('sink ') ? 0 : width).map((row) => [name, row] as const)
      })
    ).join('\n')
  }

  private member(name: string, event: ScheduleEvent & { readonly _tag: keyof typeof memberChars }): void {
    const last = this.lines.get(name)?.findLast(({ char }) => char !== 'x')?.char ?? '!'
    const isAlive = last === '^'
    if (event._tag === 'join' ? !isAlive : isAlive) this.put(name, event.at, memberChars[event._tag])
  }

  /** Each column of a line contains one item: a second one goes to the next column. */
  private put(name: string, at: number, char: string): void {
    const line = this.lines.get(name) ?? []
    line.push({ column: Math.max(at, (line.at(-1)?.column ?? -1) + 1), char })
    this.lines.set(name, line)
  }

  private sink(letter: string, takes: number, failures: number): void {
    const ends = Array.from({ length: failures }, () => '#')
    for (const end of [...ends, '|']) {
      const line = this.lines.get(`sink ${letter}`)
      this.put(`sink ${letter}`, (line === undefined ? 0 : (line.at(-1)?.column ?? 0) + 1) + takes, end)
    }
  }
}

import { Timetable } from '../../core/scheduling/timetable.js'
import type { Cancel, Clock } from '../../model/clock.js'

interface Due {
  readonly at: number
  /** null when it has run or was cancelled */
  run: (() => void) | null
}

/** More steps than this within one moment are an endless loop. */
const mostSteps = 1_000_000

/** A clock whose time passes only on request. A cancelled function stays in the timetable until its time has come. */
export class VirtualClock implements Clock {
  private time = 0
  private waiting = 0
  private readonly timetable = new Timetable<Due>()

  now(): number {
    return this.time
  }
  wallTime(): number {
    return this.time
  }
  schedule(delayMs: number, run: () => void): Cancel {
    const entry: Due = { at: this.time + Math.max(0, delayMs), run }
    this.timetable.add(entry.at, entry)
    this.waiting++
    return () => {
      if (entry.run === null) return
      entry.run = null
      this.waiting--
    }
  }
  turn(run: () => void): Cancel {
    return this.schedule(0, run)
  }
  /** The number of scheduled functions; any that remain at a test's end are a leak. */
  get pending(): number {
    return this.waiting
  }
  /** When the next function is due; Infinity if there is none. */
  get nextAt(): number {
    const { timetable } = this
    for (let next = timetable.first; next !== undefined; next = timetable.first) {
      if (next.run !== null) return next.at
      timetable.take(next.at)
    }
    return Infinity
  }
  /** Runs all functions that are due within this many ms, in order. */
  advance(ms: number): void {
    this.advanceTo(this.time + ms)
  }
  /** Runs all functions that are due until then, in order. */
  advanceTo(end: number): void {
    let steps = 0
    for (let next = this.timetable.take(end); next !== undefined; next = this.timetable.take(end)) {
      const { at, run } = next
      if (run === null) continue
      if (at > this.time) steps = 0
      if (++steps > mostSteps)
        throw new Error(`${String(mostSteps)} steps at ${String(at)} ms: something goes on without letting time pass`)
      next.run = null
      this.waiting--
      this.time = Math.max(this.time, at)
      run()
    }
    this.time = end
  }
}

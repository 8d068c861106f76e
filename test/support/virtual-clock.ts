import type { Cancel, Clock } from '../../src/model/clock.js'

interface Due {
  readonly at: number
  readonly order: number
  readonly run: () => void
}

/** Time that passes only when the test says so. */
export class VirtualClock implements Clock {
  private time = 0
  private order = 0
  private due: Due[] = []

  now(): number {
    return this.time
  }
  wallTime(): number {
    return this.time
  }
  schedule(delayMs: number, run: () => void): Cancel {
    const entry = { at: this.time + Math.max(0, delayMs), order: this.order++, run }
    this.due.push(entry)
    return () => {
      this.due = this.due.filter((other) => other !== entry)
    }
  }
  turn(run: () => void): Cancel {
    return this.schedule(0, run)
  }
  /** How much is scheduled: what is left at a test's end leaks. */
  get pending(): number {
    return this.due.length
  }
  /** Runs everything that is due within the next so many ms, in order. */
  advance(ms: number): void {
    const end = this.time + ms
    for (;;) {
      const next = this.due.reduce<Due | null>(
        (first, entry) =>
          first === null || entry.at < first.at || (entry.at === first.at && entry.order < first.order) ? entry : first,
        null
      )
      if (next === null || next.at > end) break
      this.due = this.due.filter((other) => other !== next)
      this.time = Math.max(this.time, next.at)
      next.run()
    }
    this.time = end
  }
}

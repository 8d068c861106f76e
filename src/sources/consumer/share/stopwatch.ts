import type { Clock } from '../../../model/clock.js'

/** Measures how long a condition was true in total. */
export class Stopwatch {
  private readonly clock: Clock
  private before = 0
  private since: number | null = null

  constructor(clock: Clock) {
    this.clock = clock
  }

  note(isFull: boolean): void {
    const now = this.clock.now()
    if (isFull) this.since ??= now
    else if (this.since !== null) {
      this.before += now - this.since
      this.since = null
    }
  }

  get ms(): number {
    return this.before + (this.since === null ? 0 : this.clock.now() - this.since)
  }
}

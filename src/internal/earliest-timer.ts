import type { Cancel, Clock } from '../model/clock.js'

/** One timer for several times: the earliest counts. It runs once and then has to be set again. */
export class EarliestTimer {
  private readonly clock: Clock
  private next: { readonly at: number; readonly cancel: Cancel } | null = null

  constructor(clock: Clock) {
    this.clock = clock
  }

  /** Runs at this clock time, unless it is set for an earlier one. */
  by(at: number, run: () => void): void {
    if (this.next !== null && this.next.at <= at) return
    this.next?.cancel()
    const cancel = this.clock.schedule(Math.max(0, at - this.clock.now()), () => {
      this.next = null
      run()
    })
    this.next = { at, cancel }
  }

  stop(): void {
    this.next?.cancel()
    this.next = null
  }
}

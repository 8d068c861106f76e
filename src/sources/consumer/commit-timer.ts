import type { Cancel, Clock } from '../../model/clock.js'

/** A single timer: the earliest requested time counts. */
export class CommitTimer {
  private readonly clock: Clock
  private armed: { readonly at: number; readonly cancel: Cancel } | null = null

  constructor(clock: Clock) {
    this.clock = clock
  }

  /** Runs in this many ms, unless it is armed for an earlier time. */
  in(inMs: number, run: () => void): void {
    const at = this.clock.now() + inMs
    if (this.armed !== null && this.armed.at <= at) return
    this.disarm()
    const cancel = this.clock.schedule(inMs, () => {
      this.armed = null
      run()
    })
    this.armed = { at, cancel }
  }

  disarm(): void {
    this.armed?.cancel()
    this.armed = null
  }
}

import { ignoredLimits } from '../../internal/ignored-limits.js'
import type { Cancel, Clock } from '../../model/clock.js'
import type { HandlerCall } from './handler-call.js'

/**
 * Ends attempts that take too long. All have the same limit, so they are due in the order in which they began, and one timer is
 * enough.
 */
export class TimeLimit<W> {
  private readonly afterMs: number
  private readonly expired: (run: HandlerCall<W>) => void
  private readonly running = new Set<HandlerCall<W>>()
  private timer: Cancel | null = null
  private hasApplied = false

  constructor(afterMs: number, expired: (run: HandlerCall<W>) => void) {
    this.afterMs = afterMs
    this.expired = expired
  }

  /** An attempt has this limit, whether it takes time or not. */
  applies(clock: Clock): void {
    if (this.hasApplied) return
    this.hasApplied = true
    ignoredLimits.get(clock)?.began()
  }

  began(run: HandlerCall<W>, clock: Clock): void {
    run.startedAt = clock.now()
    this.running.add(run)
    this.applies(clock)
    if (this.timer === null) this.arm(clock, this.afterMs)
  }

  ended(run: HandlerCall<W>): void {
    this.running.delete(run)
  }

  stop(): void {
    this.timer?.()
    this.timer = null
    this.running.clear()
  }

  private arm(clock: Clock, inMs: number): void {
    this.timer = clock.schedule(inMs, () => {
      this.timer = null
      const now = clock.now()
      for (const run of this.running) {
        const leftMs = run.startedAt + this.afterMs - now
        if (leftMs > 0) {
          this.arm(clock, leftMs)
          return
        }
        this.running.delete(run)
        const ignored = ignoredLimits.get(clock)
        if (ignored === undefined) this.expired(run)
        else ignored.exceeded()
      }
    })
  }
}

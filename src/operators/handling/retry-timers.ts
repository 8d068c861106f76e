import { Timetable } from '../../core/scheduling/timetable.js'
import type { Cancel, Clock } from '../../model/clock.js'

/** Records that wait for their next attempt: one timer for all, set to the earliest. */
export class RetryTimers<W> {
  private readonly over: (item: W) => void
  private readonly timetable = new Timetable<W>()
  private timer: { readonly at: number; readonly cancel: Cancel } | null = null

  constructor(over: (item: W) => void) {
    this.over = over
  }

  add(item: W, forMs: number, clock: Clock): void {
    this.timetable.add(clock.now() + forMs, item)
    this.arm(clock)
  }

  stop(): void {
    this.timer?.cancel()
    this.timer = null
    this.timetable.clear()
  }

  private arm(clock: Clock): void {
    const at = this.timetable.next
    if (at === null || (this.timer !== null && this.timer.at <= at)) return
    this.timer?.cancel()
    const cancel = clock.schedule(Math.max(0, at - clock.now()), () => {
      this.timer = null
      const now = clock.now()
      for (let item = this.timetable.take(now); item !== undefined; item = this.timetable.take(now)) this.over(item)
      this.arm(clock)
    })
    this.timer = { at, cancel }
  }
}

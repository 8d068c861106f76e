import type { Cancel, Clock } from '../../../model/clock.js'
import type { Throttled, ThrottleOver } from '../../../model/throttled.js'

/** How often continuing throttling is reported. After this long without throttling it counts as over. */
const noticeMs = 10_000

interface Notice {
  readonly since: number
  at: number
  forMs: number
  /** when the longest pending throttle time ends */
  until: number
  over: Cancel
}

/**
 * Reports brokers that throttle: when it begins, every ten seconds while it continues, when a broker requests a longer pause
 * than was reported, and when it has ended, after ten seconds without throttling.
 */
export class ThrottleNotices {
  private readonly report: (event: Throttled | ThrottleOver) => void
  private readonly clock: Clock
  private readonly open = new Map<string, Notice>()

  constructor(report: (event: Throttled | ThrottleOver) => void, clock: Clock) {
    this.report = report
    this.clock = clock
  }

  /** Each connection has its own throttle times; events concern the broker. */
  throttled(broker: string, askedMs: number, forMs: number): void {
    const now = this.clock.now()
    const until = now + forMs
    const last = this.open.get(broker)
    if (last !== undefined) last.until = Math.max(last.until, until)
    if (last !== undefined && now - last.at < noticeMs && forMs <= last.forMs) return
    if (last === undefined)
      this.open.set(broker, { since: now, at: now, forMs, until, over: this.lookIn(broker, forMs + noticeMs) })
    else Object.assign(last, { at: now, forMs })
    this.report({ _tag: 'throttled', broker, askedMs, forMs })
  }

  close(): void {
    for (const { over } of this.open.values()) over()
    this.open.clear()
  }

  private lookIn(broker: string, delayMs: number): Cancel {
    return this.clock.schedule(delayMs, () => {
      const notice = this.open.get(broker)
      if (notice === undefined) return
      const leftMs = notice.until + noticeMs - this.clock.now()
      if (leftMs > 0) {
        notice.over = this.lookIn(broker, leftMs)
        return
      }
      this.open.delete(broker)
      this.report({ _tag: 'recovered', from: 'throttled', what: broker, afterMs: notice.until - notice.since })
    })
  }
}

import type { Throttled } from '../../../model/throttled.js'

/** How often a broker that goes on throttling is told of. */
const noticeMs = 10_000

interface Notice {
  readonly at: number
  readonly forMs: number
}

/** Tells of brokers that throttle: as it begins, every ten seconds while it goes on, and when they want longer than was told. */
export class ThrottleNotices {
  private readonly tell: (throttled: Throttled) => void
  private readonly told = new Map<string, Notice>()

  constructor(tell: (throttled: Throttled) => void) {
    this.tell = tell
  }

  /** Each connection has its own throttle times; what is told is of the broker. */
  throttled(broker: string, askedMs: number, forMs: number, now: number): void {
    const last = this.told.get(broker)
    if (last !== undefined && now - last.at < noticeMs && forMs <= last.forMs) return
    this.told.set(broker, { at: now, forMs })
    this.tell({ _tag: 'throttled', broker, askedMs, forMs })
  }
}

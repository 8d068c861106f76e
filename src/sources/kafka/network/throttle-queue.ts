import type { Cancel, Clock } from '../../../model/clock.js'

/**
 * The maximum delay by a throttle time. Kafka limits request throttling to a window of its quotas (a second by default); byte
 * throttling reaches minutes only under quotas of a few KB/s, and such a broker reads nothing meanwhile anyway.
 */
const longestThrottleMs = 60_000

interface Waiting<T> {
  readonly item: T
  /** A throttle time delays it until then at the latest. */
  readonly until: number
}

/**
 * Items that must not be written yet: while the connection authenticates, or until a throttle time is over (KIP-219). They are
 * released in their order, except for items that a throttle may delay less than the others.
 */
export class ThrottleQueue<T> {
  private readonly clock: Clock
  private readonly pass: (item: T) => void
  /** few items: quotas are per client, and most requests wait for an earlier answer */
  private waiting: Waiting<T>[] = []
  private held = false
  private until = 0
  private timer: Cancel | null = null

  constructor(clock: Clock, pass: (item: T) => void) {
    this.clock = clock
    this.pass = pass
  }

  get size(): number {
    return this.waiting.length
  }

  /** Passes the item on, now or when that is allowed; a throttle time delays it for `atMostMs`. */
  offer(item: T, atMostMs = longestThrottleMs): void {
    const now = this.clock.now()
    if (this.waiting.length === 0 && this.mayGo(now, Infinity)) {
      this.pass(item)
      return
    }
    this.waiting.push({ item, until: now + Math.min(atMostMs, longestThrottleMs) })
    this.drain()
  }

  /** Holds all items until `release`. */
  hold(): void {
    this.held = true
  }
  release(): void {
    this.held = false
    this.drain()
  }

  /** Holds items for this long, `longestThrottleMs` at most. Returns for how long. */
  throttle(ms: number): number {
    const now = this.clock.now()
    this.until = Math.max(this.until, now + Math.min(ms, longestThrottleMs))
    this.arm(now)
    return this.until - now
  }

  /** Returns all waiting items; none is passed on any more. */
  close(): readonly T[] {
    this.timer?.()
    this.timer = null
    const left = this.waiting
    this.waiting = []
    return left.map(({ item }) => item)
  }

  private mayGo(now: number, until: number): boolean {
    return !this.held && now >= Math.min(this.until, until)
  }

  private drain(): void {
    const now = this.clock.now()
    // Passing an item on may offer others, which come behind the waiting ones.
    for (let at = 0; at < this.waiting.length;) {
      const { item, until } = this.waiting[at] as Waiting<T>
      if (this.mayGo(now, until)) {
        this.waiting.splice(at, 1)
        this.pass(item)
      } else at++
    }
    this.arm(now)
  }

  private arm(now: number): void {
    this.timer?.()
    this.timer = null
    if (this.held || this.waiting.length === 0) return
    const at = this.waiting.reduce((first, { until }) => Math.min(first, until), this.until)
    this.timer = this.clock.schedule(Math.max(0, at - now), () => {
      this.timer = null
      this.drain()
    })
  }
}

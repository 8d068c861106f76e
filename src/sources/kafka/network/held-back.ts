import type { Cancel, Clock } from '../../../model/clock.js'

/**
 * No throttle time holds anything back for longer. Kafka bounds those of requests to a window of its quotas (a second by
 * default); those of bytes come to minutes only under quotas of a few KB/s, and such a broker reads nothing meanwhile anyway.
 */
const longestThrottleMs = 60_000

interface Waiting<T> {
  readonly item: T
  /** A throttle time holds it back until then at the latest. */
  readonly until: number
}

/**
 * What must not be written yet: while the connection authenticates, or until a throttle time is over (KIP-219). It is let
 * go in the order in which it came, but for what a throttle may not hold back for as long as the others.
 */
export class HeldBack<T> {
  private readonly clock: Clock
  private readonly letGo: (item: T) => void
  /** few: a broker's quota is per client, and each request waits for an answer to one before */
  private waiting: Waiting<T>[] = []
  private held = false
  private until = 0
  private timer: Cancel | null = null

  constructor(clock: Clock, letGo: (item: T) => void) {
    this.clock = clock
    this.letGo = letGo
  }

  get size(): number {
    return this.waiting.length
  }

  /** Lets the item go, now or when that is allowed; a throttle time holds it back for `atMostMs`. */
  offer(item: T, atMostMs = longestThrottleMs): void {
    const now = this.clock.now()
    if (this.waiting.length === 0 && this.mayGo(now, Infinity)) {
      this.letGo(item)
      return
    }
    this.waiting.push({ item, until: now + Math.min(atMostMs, longestThrottleMs) })
    this.drain()
  }

  /** Nothing goes until `release`. */
  hold(): void {
    this.held = true
  }
  release(): void {
    this.held = false
    this.drain()
  }

  /** Nothing goes for so long, `longestThrottleMs` at most. Gives for how long that is. */
  throttle(ms: number): number {
    const now = this.clock.now()
    this.until = Math.max(this.until, now + Math.min(ms, longestThrottleMs))
    this.arm(now)
    return this.until - now
  }

  /** Everything that waits; none of it goes any more. */
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
    // Letting one go may have others offered, which come behind those that wait.
    for (let at = 0; at < this.waiting.length;) {
      const { item, until } = this.waiting[at] as Waiting<T>
      if (this.mayGo(now, until)) {
        this.waiting.splice(at, 1)
        this.letGo(item)
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

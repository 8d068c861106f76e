import { Fifo } from '../../../core/fifo.js'
import type { Cancel, Clock } from '../../../model/clock.js'

/**
 * What must not be written yet: while the connection authenticates, or until a throttle time is over (KIP-219). It is let
 * go in the order in which it came.
 */
export class HeldBack<T> {
  private readonly clock: Clock
  private readonly letGo: (item: T) => void
  private readonly waiting = new Fifo<T>()
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

  /** Lets the item go, now or when that is allowed. */
  offer(item: T): void {
    if (this.waiting.length === 0 && this.free) this.letGo(item)
    else this.waiting.push(item)
  }

  /** Nothing goes until `release`. */
  hold(): void {
    this.held = true
  }
  release(): void {
    this.held = false
    this.drain()
  }

  /** Nothing goes for so long. */
  throttle(ms: number): void {
    this.until = Math.max(this.until, this.clock.now() + ms)
    this.timer?.()
    this.timer = this.clock.schedule(this.until - this.clock.now(), () => {
      this.timer = null
      this.drain()
    })
  }

  /** Everything that waits; none of it goes any more. */
  close(): readonly T[] {
    this.timer?.()
    this.timer = null
    const left = [...this.waiting]
    while (this.waiting.shift() !== undefined);
    return left
  }

  private get free(): boolean {
    return !this.held && this.clock.now() >= this.until
  }

  private drain(): void {
    while (this.free) {
      const item = this.waiting.shift()
      if (item === undefined) return
      this.letGo(item)
    }
  }
}

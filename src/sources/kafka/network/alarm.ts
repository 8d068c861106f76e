import type { Cancel, Clock } from '../../../model/clock.js'

/** One timer for all that has a time: it rings when the first of it is due. */
export class Alarm {
  private readonly clock: Clock
  private readonly ring: () => void
  private next: { readonly at: number; readonly cancel: Cancel } | null = null

  constructor(clock: Clock, ring: () => void) {
    this.clock = clock
    this.ring = ring
  }

  /** Rings at that time of the clock at the latest, once; who hears it sets it again. */
  setBy(at: number): void {
    if (this.next !== null && this.next.at <= at) return
    this.next?.cancel()
    const cancel = this.clock.schedule(Math.max(0, at - this.clock.now()), () => {
      this.next = null
      this.ring()
    })
    this.next = { at, cancel }
  }

  stop(): void {
    this.next?.cancel()
    this.next = null
  }
}

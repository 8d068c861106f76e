import type { Cancel, Clock } from '../../model/clock.js'

/** A timer that is later than this shows that the event loop was blocked. */
const lateMs = 50

/** Calls the producer to check its batches: on a later turn, or at a requested time. */
export class ProducerWakeUps {
  private readonly clock: Clock
  private readonly run: () => void
  private turn: Cancel | null = null
  private timer: { readonly at: number; readonly cancel: Cancel } | null = null

  constructor(clock: Clock, run: () => void) {
    this.clock = clock
    this.run = run
  }

  onLaterTurn(): void {
    this.turn ??= this.clock.turn(this.onTurn)
  }

  /** Replaces the requested time, unless that is sooner. `Infinity`: none. */
  at(at: number, now: number): void {
    if (this.timer !== null && this.timer.at <= at && this.timer.at > now) return
    this.timer?.cancel()
    this.timer = null
    if (at === Infinity) return
    const cancel = this.clock.schedule(Math.max(1, Math.ceil(at - now)), () => {
      this.timer = null
      // Where something has blocked the event loop, answers that have arrived are read before records are given up.
      if (this.clock.now() - at > lateMs) this.onLaterTurn()
      else this.run()
    })
    this.timer = { at, cancel }
  }

  stop(): void {
    this.turn?.()
    this.timer?.cancel()
  }

  // A field and not an inline function, which would allocate a scope for every record.
  private readonly onTurn = (): void => {
    this.turn = null
    this.run()
  }
}

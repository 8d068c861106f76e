import { right } from 'fp-ts/lib/Either.js'
import { Observable } from 'rxjs'
import type { Step } from '../ports/step.js'

/** Counts what is in flight, for those who wait until nothing is. */
export class InFlightCounter {
  private underWay = 0
  private readonly waiting: (() => void)[] = []

  begun(): void {
    this.underWay++
  }

  ended(): void {
    this.underWay--
    this.check()
  }

  /** Ends once nothing is in flight: at once, or later. */
  readonly idle: Step<void> = new Observable((subscriber) => {
    this.waiting.push(() => {
      subscriber.next(right(undefined))
      subscriber.complete()
    })
    this.check()
  })

  /** Nothing in flight is awaited any more. */
  close(): void {
    this.underWay = 0
    this.check()
  }

  private check(): void {
    if (this.underWay > 0 || this.waiting.length === 0) return
    for (const run of this.waiting.splice(0)) run()
  }
}

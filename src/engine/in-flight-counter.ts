import { right } from 'fp-ts/lib/Either.js'
import { Observable } from 'rxjs'
import type { Step } from '../ports/step.js'

/** Counts requests in flight. `idle` waits until there are none. */
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

  /** Succeeds once nothing is in flight, possibly at once. */
  readonly idle: Step<void> = new Observable((subscriber) => {
    this.waiting.push(() => {
      subscriber.next(right(undefined))
      subscriber.complete()
    })
    this.check()
  })

  /** Ends all waits, whatever is in flight. */
  close(): void {
    this.underWay = 0
    this.check()
  }

  private check(): void {
    if (this.underWay > 0 || this.waiting.length === 0) return
    for (const run of this.waiting.splice(0)) run()
  }
}

import type { Subscriber } from 'rxjs'
import { ConsumerError } from '../../model/consumer-error.js'

/** A run of a consumer: everything that one subscription starts, until all of it has ended. */
export interface TurnedRun {
  readonly isLeaving: boolean
  readonly isEnded: boolean
  /** Calls `run` when this run has ended. */
  onEnd(run: () => void): void
}

/** Lets a consumer have one run at a time: a subscription while the last run is leaving begins after it. */
export class RunTurns {
  private readonly refusal: string
  private waiting: Subscriber<unknown> | null = null

  /** @param refusal the reason of the `UsageFault` for a second subscription */
  constructor(refusal: string) {
    this.refusal = refusal
  }

  subscribed(subscriber: Subscriber<unknown>, last: TurnedRun | null, begin: () => void): void {
    if (last === null || last.isEnded) {
      begin()
      return
    }
    if (!last.isLeaving || this.waiting !== null) {
      subscriber.error(new ConsumerError({ _tag: 'UsageFault', reason: this.refusal }))
      return
    }
    this.waiting = subscriber
    const waitsNoLonger = (): void => {
      if (this.waiting === subscriber) this.waiting = null
    }
    subscriber.add(waitsNoLonger)
    last.onEnd(() => {
      waitsNoLonger()
      if (!subscriber.closed) begin()
    })
  }
}

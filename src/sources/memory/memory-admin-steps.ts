import { type Either, left, right } from 'fp-ts/lib/Either.js'
import { defer, Observable, of } from 'rxjs'
import { brokerFault, errorCode } from '../../core/protocol/error-code.js'
import type { Clock } from '../../model/clock.js'
import type { Fault } from '../../model/fault.js'
import type { Step } from '../../ports/step.js'

/** Runs the calls of an admin client until it is closed. */
export class MemoryAdminSteps {
  private readonly clock: Clock
  private closed = false

  constructor(clock: Clock) {
    this.clock = clock
  }

  /** As over a network: the call runs at once, and is answered a turn later. */
  step<A>(run: () => Either<Fault, A>): Step<A> {
    return defer(() => {
      if (this.closed) return of(left(closed))
      const answer = run()
      return new Observable<Either<Fault, A>>((subscriber) => {
        subscriber.add(
          this.clock.turn(() => {
            subscriber.next(this.closed ? left(closed) : answer)
            subscriber.complete()
          })
        )
      })
    })
  }

  close(): void {
    this.closed = true
  }
}

const closed: Fault = { _tag: 'ClosedFault', what: 'the admin client' }

/** Runs every item, and returns the fault of the first that was refused. */
export const each = <I>(items: readonly I[], run: (item: I) => Fault | null): Either<Fault, void> => {
  const fault = items.map(run).find((one) => one !== null)
  return fault === undefined ? right(undefined) : left(fault)
}

/** The topic, or this partition of it, does not exist. */
export const unknownTopic = (api: string, topic: string, partition?: number): Fault =>
  brokerFault(api, errorCode.UNKNOWN_TOPIC_OR_PARTITION, topic, partition)

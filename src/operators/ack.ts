import { Observable, type OperatorFunction } from 'rxjs'
import { eachValue } from '../internal/each-value.js'
import { subscribeToAcknowledge } from '../internal/ends-downstream.js'
import type { Acknowledged } from '../model/acknowledged.js'
import { type CarriedOr, type Dropped, hold, isStale, pass, release, settle } from '../model/carried.js'
import { operatorId } from '../model/operator-name.js'

/**
 * Acknowledges each record and passes it on. `enable.auto.commit` decides when offsets are committed; with it off none
 * are, which suits a consumer that keeps its own offsets.
 *
 * - Order: kept. Pressure: returns the record's credit once no operator behind it holds it.
 * - Completes and errors with the source. Unsubscribing unsubscribes from the source.
 *
 * @example
 * partition.pipe(writeTo(saveWithOffset), ack())
 */
export function ack<C extends CarriedOr<Dropped>>(): OperatorFunction<C, C & Acknowledged> {
  const operator = operatorId('ack')
  const acknowledging = eachValue<C, C & Acknowledged>((carried, destination) => {
    // Held while it is passed on, so that the next operator can hold it before its credit returns.
    hold(carried)
    settle(carried)
    if (!isStale(carried)) {
      pass(carried, operator)
      // `Acknowledged` exists for the compiler only.
      destination.next(carried as C & Acknowledged)
    }
    release(carried)
  })
  return (source) =>
    new Observable((destination) =>
      subscribeToAcknowledge(destination, () => acknowledging(source).subscribe(destination))
    )
}

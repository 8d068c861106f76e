import type { Observable } from 'rxjs'
import type { Carried, CarriedOr, Dropped } from '../model/carried.js'
import type { HandleOptions, HandlerContext, HandlerResult } from './handling/handler.js'
import { handling } from './handling/handling.js'

/**
 * Does something with each record, as `handle` does; what came in goes on.
 *
 * - Order: as `order` says, which by default is one after the other within a partition.
 * - Pressure: at most `concurrency` run at once of each partition, and of all that share a `limit` as many as it has; what
 *   waits keeps its credit. A record that hangs holds what is ordered with it, and its place.
 * - Completes when the source has completed and all work is done.
 * - Errors when the source does, and with a `ConsumerError` under `onFailure: 'fail'`.
 * - Unsubscribing aborts the signal of what runs, and nothing is emitted any more.
 *
 * @throws ConsumerError with a `ConfigFault` that names every option it cannot work with
 *
 * @example
 * partition.pipe(writeTo((record) => store.put(record.value)), commit())
 */
export function writeTo<C extends CarriedOr<Dropped>, D extends Carried<unknown> = C>(
  fn: (carried: C, context: HandlerContext) => HandlerResult<unknown>,
  options: HandleOptions<C> = {}
): (source: Observable<C> & Observable<D>) => Observable<D> {
  // What comes is a D, and of what it is only the C is looked at.
  const result = (carried: C): D & C => carried as unknown as D & C
  return handling({ operator: 'writeTo', call: fn, result }, options)
}

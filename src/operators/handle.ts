import type { Observable } from 'rxjs'
import type { CarriedOr, Dropped, Carried } from '../model/carried.js'
import type { WithValue } from '../model/with-value.js'
import type { Handled, HandleOptions, HandlerContext, HandlerResult } from './handling/handler.js'
import { handling } from './handling/handling.js'

/**
 * Does something with each record; what comes of it becomes the value. Acknowledges nothing: that is for `commit()` or `ack()`.
 *
 * - Order: as `order` says, which by default is one after the other within a partition; results leave as they are there.
 * - Pressure: at most `concurrency` run at once of each partition, and of all that share a `limit` as many as it has; what
 *   waits keeps its credit. A record that hangs holds what is ordered with it, and its place.
 * - Completes when the source has completed and all work is done.
 * - Errors when the source does, and with a `ConsumerError` under `onFailure: 'fail'` (a `HandlerFault` with the record's place,
 *   or the fault that was thrown); what else runs is abandoned, unsettled.
 * - Unsubscribing aborts the signal of what runs, and nothing is emitted any more.
 *
 * @throws ConsumerError with a `ConfigFault` that names every option it cannot work with
 *
 * @example
 * partition.pipe(handle((record) => charge(record.value), { concurrency: 16, order: 'key' }), commit())
 */
export function handle<C extends CarriedOr<Dropped>, B, D extends Carried<unknown> = C>(
  fn: (carried: C, context: HandlerContext) => HandlerResult<B>,
  options: HandleOptions<C> = {}
): (source: Observable<C> & Observable<D>) => Observable<WithValue<D, Handled<B>>> {
  // What `withValue` gives for a C is what `WithValue<D, …>` says; the compiler cannot follow it through the class.
  const result = (carried: C, value: unknown): WithValue<D, Handled<B>> & Carried<unknown> =>
    carried.withValue(value) as WithValue<D, Handled<B>> & Carried<unknown>
  return handling({ operator: 'handle', call: fn, result }, options)
}

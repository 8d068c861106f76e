import type { Observable } from 'rxjs'
import type { CarriedOr, Dropped, Carried } from '../model/carried.js'
import type { WithValue } from '../model/with-value.js'
import type { Handled, HandleOptions, HandlerContext, HandlerResult, Waited } from './handling/handler.js'
import { handling } from './handling/handling.js'

/**
 * Does something with each record; the result becomes the value. Acknowledges nothing: `commit()` or `ack()` does.
 *
 * - Order: as `order` says; by default one after the other within a partition. Results leave as soon as they are
 *   available.
 * - Pressure: at most `concurrency` records of each partition run at once, and at most as many as a shared `limit`
 *   allows. Records that wait keep their credit. A record that hangs blocks those ordered behind it, and keeps its
 *   place.
 * - Completes when the source has completed and all work is done.
 * - Errors when the source does, and with a `ConsumerError` under `onFailure: 'fail'` (a `HandlerFault` with the
 *   record's place, or the fault that was thrown); other running handlers are abandoned, their records unsettled.
 * - Unsubscribing aborts the signal of the running handlers; nothing is emitted any more.
 *
 * @throws ConsumerError with a `ConfigFault` that names every option it cannot work with
 *
 * @example
 * partition.pipe(handle((record) => charge(record.value), { concurrency: 16, order: 'key' }), commit())
 */
export function handle<C extends CarriedOr<Dropped>, B, D extends Carried<unknown> = C>(
  fn: ((carried: C, context: HandlerContext) => HandlerResult<B>) & Waited<B>,
  options: HandleOptions<C, D> = {}
): (source: Observable<C> & Observable<D>) => Observable<WithValue<D, Handled<B>>> {
  // For a C, `withValue` returns what `WithValue<D, …>` says; the compiler cannot follow that through the class.
  const result = (carried: C, value: unknown): WithValue<D, Handled<B>> & Carried<unknown> =>
    carried.withValue(value) as WithValue<D, Handled<B>> & Carried<unknown>
  return handling({ operator: 'handle', call: fn, result }, options)
}

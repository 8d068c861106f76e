import type { Observable } from 'rxjs'
import type { Carried, CarriedOr, Dropped } from '../model/carried.js'
import type { HandleOptions, HandlerContext, HandlerResult, Waited } from './handling/handler.js'
import { handling } from './handling/handling.js'

/**
 * Does something with each record, as `handle` does, and passes the record itself on.
 *
 * - Order: as `order` says; by default one after the other within a partition.
 * - Pressure: at most `concurrency` records of each partition run at once, and at most as many as a shared `limit`
 *   allows. Records that wait keep their credit. A record that hangs blocks those ordered behind it, and keeps its
 *   place.
 * - Completes when the source has completed and all work is done.
 * - Errors when the source does, and with a `ConsumerError` under `onFailure: 'fail'`.
 * - Unsubscribing aborts the signal of the running handlers; nothing is emitted any more.
 *
 * @throws ConsumerError with a `ConfigFault` that names every option it cannot work with
 *
 * @example
 * partition.pipe(writeTo((record) => store.put(record.value)), commit())
 */
export function writeTo<C extends CarriedOr<Dropped>, D extends Carried<unknown> = C, B = unknown>(
  fn: ((carried: C, context: HandlerContext) => HandlerResult<B>) & Waited<B>,
  options: HandleOptions<C, D> = {}
): (source: Observable<C> & Observable<D>) => Observable<D> {
  // Each value that comes is a D; only its C part is used.
  const result = (carried: C): D & C => carried as unknown as D & C
  return handling({ operator: 'writeTo', call: fn, result }, options)
}

import type { Observable, OperatorFunction } from 'rxjs'
import type { Carried, CarriedOr, Dropped } from '../model/carried.js'
import { filtering } from './filtering.js'
import type { CallOptions } from './handling/handling.js'

/**
 * Passes on the records that `keep` accepts and settles the others. rxjs's `filter` would leave those unsettled.
 *
 * - Order: kept. Pressure: none of its own.
 * - Completes with the source. Errors with the source; if `keep` throws, `onFailure` decides.
 * - Unsubscribing unsubscribes from the source.
 *
 * @example
 * partition.pipe(deserialize({ value: json(Order) }), filterRecords((order) => order.amount > 0), commit())
 */
export function filterRecords<C extends CarriedOr<Dropped>, D extends Carried<unknown> = C>(
  keep: (value: C['value'], carried: C) => boolean,
  options: CallOptions<D> = {}
): (source: Observable<C> & Observable<D>) => Observable<D> {
  // Each value that comes is a D; only its C part is used.
  return filtering<C>('filterRecords', keep, options) as unknown as OperatorFunction<D, D>
}

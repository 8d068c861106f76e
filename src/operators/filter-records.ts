import type { OperatorFunction } from 'rxjs'
import type { CarriedOr, Dropped } from '../model/carried.js'
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
export function filterRecords<C extends CarriedOr<Dropped>>(
  keep: (value: C['value'], carried: C) => boolean,
  options: CallOptions = {}
): OperatorFunction<C, C> {
  return filtering('filterRecords', keep, options)
}

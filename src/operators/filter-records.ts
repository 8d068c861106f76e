import type { OperatorFunction } from 'rxjs'
import type { CarriedOr, Dropped } from '../model/carried.js'
import { filtering } from './filtering.js'
import type { CallOptions } from './handling/handling.js'

/**
 * Lets pass the records that are wanted and settles the others. Unlike rxjs's `filter`, which would leave them unsettled.
 *
 * - Order: kept. Pressure: none of its own.
 * - Completes with the source. Errors with the source; a `keep` that throws is dealt with as `onFailure` says.
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

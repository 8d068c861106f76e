import type { Observable, OperatorFunction } from 'rxjs'
import type { Carried, CarriedOr, Dropped } from '../model/carried.js'
import type { WithValue } from '../model/with-value.js'
import { filtering } from './filtering.js'
import type { CallOptions } from './handling/handling.js'

/**
 * Passes on the records whose value is of a narrower type, and settles the others.
 *
 * - Order: kept. Pressure: none of its own.
 * - Completes with the source. Errors with the source; if `keep` throws, `onFailure` decides.
 * - Unsubscribing unsubscribes from the source.
 *
 * @example
 * partition.pipe(deserialize({ value: attempt(json(Order)) }), filterValue(E.isRight), commit())
 */
export function filterValue<C extends CarriedOr<Dropped>, W extends C['value'], D extends Carried<unknown> = C>(
  keep: (value: C['value'], carried: C) => value is W,
  options: CallOptions<D> = {}
): (source: Observable<C> & Observable<D>) => Observable<WithValue<D, W>> {
  // Each value that comes is a D; only its C part is used.
  return filtering<C>('filterValue', keep, options) as unknown as OperatorFunction<D, WithValue<D, W>>
}

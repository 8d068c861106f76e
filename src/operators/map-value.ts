import type { Observable } from 'rxjs'
import { notPromised } from '../internal/usable-results.js'
import { aFunction, problemsWith, refuseWrong } from '../model/check-arguments.js'
import type { CarriedOr, Dropped, Carried } from '../model/carried.js'
import type { WithValue } from '../model/with-value.js'
import { type CallOptions, handlingAtOnce } from './handling/handling.js'

/**
 * Gives each record another value and keeps its acknowledgement.
 *
 * - Order: kept. Pressure: none of its own.
 * - Completes with the source. Errors with the source; if `fn` throws, `onFailure` decides. For work that takes time,
 *   use `handle`: a promise is refused, since nothing would wait for it.
 * - Unsubscribing unsubscribes from the source.
 *
 * @example
 * partition.pipe(deserialize({ value: json(Order) }), mapValue((order) => order.amount), commit())
 */
export function mapValue<C extends CarriedOr<Dropped>, B, D extends Carried<unknown> = C>(
  fn: (value: C['value'], carried: C) => B,
  options: CallOptions<D> = {}
): (source: Observable<C> & Observable<D>) => Observable<WithValue<D, B>> {
  refuseWrong(problemsWith('mapValue: fn', fn, aFunction))
  const make = (carried: C): WithValue<D, B> & Carried<unknown> =>
    carried.withValue(notPromised(fn(carried.value, carried))) as WithValue<D, B> & Carried<unknown>
  return handlingAtOnce('mapValue', make, options)
}

import type { OperatorFunction } from 'rxjs'
import { eachValue } from '../internal/each-value.js'
import { type Carried, isStale, pass } from '../model/carried.js'
import { operatorId } from '../model/operator-name.js'
import type { WithValue } from '../model/with-value.js'

/**
 * Gives each record another value; the acknowledgement goes with it.
 *
 * - Order: kept. Pressure: none of its own.
 * - Completes with the source. Errors with the source, and with what `fn` throws: for work that may fail, use `handle`.
 * - Unsubscribing unsubscribes from the source.
 *
 * @example
 * partition.pipe(deserialize({ value: json(Order) }), mapValue((order) => order.amount), commit())
 */
export function mapValue<C extends Carried<unknown>, B>(
  fn: (value: C['value'], carried: C) => B
): OperatorFunction<C, WithValue<C, B>> {
  const operator = operatorId('mapValue')
  return eachValue((carried, destination) => {
    if (isStale(carried)) return
    let value: B
    try {
      value = fn(carried.value, carried)
    } catch (error) {
      destination.error(error)
      return
    }
    pass(carried, operator)
    destination.next(carried.withValue(value) as WithValue<C, B>)
  })
}

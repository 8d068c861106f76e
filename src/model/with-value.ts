import type { MarkOf } from './acknowledged.js'
import { Carried, refuseUncarried } from './carried.js'
import type { ConsumerRecord } from './consumer-record.js'

/** A record keeps its key and place under a new value; an aggregate stays an aggregate. */
export type WithValue<C, B> = (C extends ConsumerRecord<infer K, unknown> ? ConsumerRecord<K, B> : Carried<B>) &
  MarkOf<C>

/**
 * Another value with the same acknowledgement, and for a record with the same place: use it in your own operators.
 *
 * @example
 * destination.next(withValue(record, record.value.amount))
 */
export const withValue = <C extends Carried<unknown>, B>(carried: C, value: B): WithValue<C, B> => {
  if (!((carried as unknown) instanceof Carried)) return refuseUncarried(carried)
  // For a C, the class returns what `WithValue<C, …>` says; the compiler cannot follow that.
  return carried.withValue(value) as WithValue<C, B>
}

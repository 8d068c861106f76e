import type { MarkOf } from './acknowledged.js'
import { Carried, refuseUncarried } from './carried.js'
import type { ConsumerRecord } from './consumer-record.js'

/** A record keeps its key and place under a new value; an aggregate stays an aggregate. */
export type WithValue<C, B> = (C extends ConsumerRecord<infer K, unknown> ? ConsumerRecord<K, B> : Carried<B>) &
  MarkOf<C>

/**
 * The same acknowledgement, and of a record the same place, under another value: what an operator of your own passes on.
 *
 * @example
 * destination.next(withValue(record, record.value.amount))
 */
export const withValue = <C extends Carried<unknown>, B>(carried: C, value: B): WithValue<C, B> => {
  if (!((carried as unknown) instanceof Carried)) return refuseUncarried(carried)
  // What it gives for a C is what `WithValue<C, …>` says; the compiler cannot follow it through the class.
  return carried.withValue(value) as WithValue<C, B>
}

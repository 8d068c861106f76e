import type { Carried } from './carried.js'
import type { ConsumerRecord } from './consumer-record.js'

/** A record keeps its key and place under a new value; an aggregate stays an aggregate. */
export type WithValue<C, B> = C extends ConsumerRecord<infer K, unknown> ? ConsumerRecord<K, B> : Carried<B>

import type { Either } from 'fp-ts/lib/Either.js'
import type { Bytes } from '../model/bytes.js'
import type { Wire } from '../model/producer-record.js'
import type { DecodeFault } from '../model/record-fault.js'

/** Makes a value of the bytes of a key or a value; `null` is Kafka's null. Never throws: what does not fit is a Left. */
export interface Codec<A> {
  readonly decode: (bytes: Bytes) => Either<DecodeFault, A>
  /** The bytes of a value, for topics that are also written to (see `topics`). May throw. */
  encode?(value: A): Wire
}

/** A codec where something else is often given. `Advice` is never there: the compiler says it with the type. */
export interface CodecOr<A, Advice extends string> extends Codec<A> {
  readonly [advice]?: Advice
}

declare const advice: unique symbol

import type { Either } from 'fp-ts/lib/Either.js'
import type { Bytes } from '../model/bytes.js'
import type { Wire } from '../model/producer-record.js'
import type { DecodeFault } from '../model/record-fault.js'

/** Decodes the bytes of a key or value; `null` is Kafka's null. Never throws: bytes that do not fit are a Left. */
export interface Codec<A> {
  readonly decode: (bytes: Bytes) => Either<DecodeFault, A>
  /** Encodes a value, for topics that are also written to (see `topics`). May throw. */
  encode?(value: A): Wire
}

/**
 * A codec, in places where another argument is often passed by mistake. `Advice` never occurs: it appears in the compiler's
 * message.
 */
export interface CodecOr<A, Advice extends string> extends Codec<A> {
  readonly [advice]?: Advice
}

declare const advice: unique symbol

import { isLeft } from 'fp-ts/lib/Either.js'
import type { Codec } from '../codecs/codec.js'
import { decodeFault } from '../codecs/decode-fault.js'
import { utf8 } from '../codecs/utf8.js'

/**
 * A codec that refuses the keys or values with these texts and reads the others as `codec` does, for tests of what a
 * pipeline does with records that cannot be read.
 *
 * @example
 * deserialize({ value: failingCodec(utf8, ['b']) }, { onFailure: deadLetter(cluster, { topic: 'orders.dlq' }) })
 */
export const failingCodec = <A>(codec: Codec<A>, texts: readonly string[], reason = 'so says the test'): Codec<A> => ({
  decode: (bytes) => {
    const text = utf8.decode(bytes)
    return !isLeft(text) && texts.includes(text.right) ? decodeFault('codec', reason) : codec.decode(bytes)
  }
})

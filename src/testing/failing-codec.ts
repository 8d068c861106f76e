import { isLeft } from 'fp-ts/lib/Either.js'
import type { Codec } from '../codecs/codec.js'
import { decodeFault } from '../codecs/decode-fault.js'
import { utf8 } from '../codecs/utf8.js'
import { aCodec, aText, listOf, problemsWith, refuseWrong } from '../model/check-arguments.js'

/**
 * A codec that refuses the keys or values with these texts, and reads others like `codec`: for tests of how a pipeline handles
 * undecodable records.
 *
 * @example
 * deserialize({ value: failingCodec(utf8, ['b']) }, { onFailure: deadLetter(cluster, { topic: 'orders.dlq' }) })
 */
export const failingCodec = <A>(codec: Codec<A>, texts: readonly string[], reason = 'so says the test'): Codec<A> => {
  refuseWrong(
    problemsWith('failingCodec: codec', codec, aCodec),
    problemsWith('failingCodec: texts', texts, listOf(aText, 'a list of texts')),
    problemsWith('failingCodec: reason', reason, aText)
  )
  return {
    decode: (bytes) => {
      const text = utf8.decode(bytes)
      return !isLeft(text) && texts.includes(text.right) ? decodeFault('codec', reason) : codec.decode(bytes)
    }
  }
}

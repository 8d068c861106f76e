import { right } from 'fp-ts/lib/Either.js'
import { aCodec, problemsWith, refuseWrong } from '../model/check-arguments.js'
import type { Codec } from './codec.js'

/**
 * Decodes Kafka's null (no key, a tombstone) to `null`, and everything else by the codec.
 *
 * @example
 * deserialize({ key: nullable(utf8), value: json(Order) })
 */
export const nullable = <A>(codec: Codec<A>): Codec<A | null> => {
  refuseWrong(problemsWith('nullable: codec', codec, aCodec))
  const decode: Codec<A | null>['decode'] = (bytes) => (bytes === null ? right(null) : codec.decode(bytes))
  if (codec.encode === undefined) return { decode }
  return { decode, encode: (value) => (value === null ? null : (codec.encode?.(value) ?? null)) }
}

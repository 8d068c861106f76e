import { type Either, right } from 'fp-ts/lib/Either.js'
import { aCodec, problemsWith, refuseWrong } from '../model/check-arguments.js'
import type { DecodeFault } from '../model/record-fault.js'
import type { Codec } from './codec.js'

/**
 * Decodes to an Either instead of failing, for a pipeline that handles undecodable records itself.
 *
 * @example
 * partition.pipe(deserialize({ value: attempt(json(Order)) }), filterValue(E.isRight), mapValue((v) => v.right))
 */
export const attempt = <A>(codec: Codec<A>): Codec<Either<DecodeFault, A>> => {
  refuseWrong(problemsWith('attempt: codec', codec, aCodec))
  return { decode: (bytes) => right(codec.decode(bytes)) }
}

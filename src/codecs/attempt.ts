import { type Either, right } from 'fp-ts/lib/Either.js'
import type { DecodeFault } from '../model/fault.js'
import type { Codec } from './codec.js'

/**
 * Makes the Either the value, for a pipeline that deals with undecodable records itself.
 *
 * @example
 * partition.pipe(deserialize({ value: attempt(json(Order)) }), filterValue(E.isRight), mapValue((v) => v.right))
 */
export const attempt = <A>(codec: Codec<A>): Codec<Either<DecodeFault, A>> => ({
  decode: (bytes) => right(codec.decode(bytes))
})

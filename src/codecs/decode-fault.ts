import { type Either, left } from 'fp-ts/lib/Either.js'
import type { DecodeFault } from '../model/record-fault.js'

/** A failure of one step of decoding. */
export const decodeFault = (stage: DecodeFault['stage'], reason: string): Either<DecodeFault, never> =>
  left({ _tag: 'DecodeFault', stage, reason })

import { type Either, isLeft, isRight, right } from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { decodeWith } from './compiled/decoded-once.js'
import { type DecodingStep, misfit } from './compiled/decoding-step.js'
import { ownStepOf } from './compiled/step-of.js'
import { limitedReads } from './limited-reads.js'
import { somePart } from './some-part.js'
import { aValueCodec, problemsWith, refuseWrong } from '../model/check-arguments.js'

/** io-ts's codecs, and anything else that decodes to an Either. */
export interface ValueCodec<A, E = unknown> {
  readonly decode: (value: unknown) => Either<E, A>
}

/**
 * The same decoder, several times as fast: an io-ts codec is walked once and rebuilt without contexts and lists of
 * errors. `json` does this by itself.
 *
 * Gives what io-ts gives: the same value, the very object where nothing in it changes, without the keys that `exact` strips.
 * What does not fit is decoded again by io-ts for its errors, so a bad value costs more than before. Codecs of your own
 * within are called by their `validate`; one whose result depends on its context has io-ts do everything. What is not
 * io-ts's comes back as it is. Predicates and `validate`s should be pure: they may be called twice. Code is never generated.
 *
 * @example
 * const { decode } = compiled(t.type({ id: t.string, amount: finite }))
 */
export const compiled = <A, E>(codec: ValueCodec<A, E>): ValueCodec<A, E> => {
  refuseWrong(problemsWith('compiled: codec', codec, aValueCodec))
  const step = decodesAsIoTs(codec) ? ownStepOf(codec) : null
  return step === null ? codec : { decode: decoderOf(step, (value) => codec.decode(value)) }
}

/**
 * What io-ts may read of a value that the compiled codec does not take, repeats and depth included: of one that it refuses,
 * which is read again only to say why; of one that only io-ts can decide on, by the value's size.
 */
const mostReads = { ofRefused: 50_000, ofUndecided: (size: number): number => 50_000 + 16 * size }

/**
 * Decodes a parsed JSON value in a time that is linear in it, also by a recursive codec. The size is the number of characters of its text.
 *
 * @throws TooManyReads
 */
export const boundedDecoder = <A, E>(codec: ValueCodec<A, E>): ((value: unknown, size: number) => Either<E, A>) => {
  const step = decodesAsIoTs(codec) ? ownStepOf(codec) : null
  // Asked at the first value that io-ts has to look at: the parts of a recursive codec may not be there before.
  let recursive: boolean | null = null
  let size = 0
  const decode = decoderOf<A, E>(step, (value, isRefused) => {
    recursive ??= somePart(codec, (part) => part instanceof t.RecursiveType)
    if (!recursive) return codec.decode(value)
    const tried = codec.decode(limitedReads(value, isRefused ? mostReads.ofRefused : mostReads.ofUndecided(size)))
    return isLeft(tried) ? tried : codec.decode(value)
  })
  return (value, characters) => {
    size = characters
    return decode(value)
  }
}

/** @param byIoTs decodes what the step has refused, or cannot decide on */
const decoderOf = <A, E>(
  step: DecodingStep | null,
  byIoTs: (value: unknown, isRefused: boolean) => Either<E, A>
): ((value: unknown) => Either<E, A>) => {
  let trusted = step
  return (value) => {
    const made = trusted === null ? undecided : madeBy(trusted, value)
    if (made !== misfit && made !== undecided) return right(made as A)
    const decoded = byIoTs(value, made === misfit)
    // Where io-ts takes what the step does not, something depends on more than the value.
    if (isRight(decoded)) trusted = null
    return decoded
  }
}

const undecided = Symbol('undecided')

/** A predicate that throws does so again under io-ts. */
const madeBy = (step: DecodingStep, value: unknown): unknown => {
  try {
    return decodeWith(step, value)
  } catch {
    return undecided
  }
}

/** `decode` is bound when a codec is made: only one of somebody's own has another name or text. */
const decodesAsIoTs = (codec: unknown): codec is t.Any =>
  codec instanceof t.Type && looks(codec as t.Mixed) === looks(t.string)

const looks = ({ decode }: t.Decoder<unknown, unknown>): string => `${decode.name} ${String(decode)}`

import { type Either, isLeft, isRight, right } from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { decodeWith } from './compiled/decoded-once.js'
import { type DecodingStep, misfit } from './compiled/decoding-step.js'
import { ownStepOf } from './compiled/step-of.js'
import { limitedReads } from './limited-reads.js'
import { somePart } from './some-part.js'
import { aValueCodec, problemsWith, refuseWrong } from '../model/check-arguments.js'

/** An io-ts codec, or anything else that decodes to an Either. */
export interface ValueCodec<A, E = unknown> {
  readonly decode: (value: unknown) => Either<E, A>
}

/**
 * The same decoder, several times as fast: it analyses an io-ts codec once and rebuilds it without contexts and lists of
 * errors. `json` does this by itself.
 *
 * Results are those of io-ts: the same value, the same object if nothing in it changes, without the keys that `exact` strips. A
 * value that does not fit is decoded again by io-ts for its errors, so an invalid value costs more than before. Codecs of your
 * own inside are called by their `validate`; if the result of one depends on its context, io-ts does everything. Codecs that
 * are not io-ts's are returned unchanged. Predicates and `validate`s should be pure: they may be called twice. No code is
 * generated.
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
 * How many parts of a value io-ts may read, counting repetitions and depth: of a refused value, which is read again only for
 * its errors; of a value that only io-ts can decide on, depending on its size.
 */
const mostReads = { ofRefused: 50_000, ofUndecided: (size: number): number => 50_000 + 16 * size }

/**
 * Decodes a parsed JSON value in linear time, even with a recursive codec. The size is the number of characters of its text.
 *
 * @throws TooManyReads
 */
export const boundedDecoder = <A, E>(codec: ValueCodec<A, E>): ((value: unknown, size: number) => Either<E, A>) => {
  const step = decodesAsIoTs(codec) ? ownStepOf(codec) : null
  // Determined at the first value that io-ts reads: the parts of a recursive codec may not exist before.
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
    // If io-ts accepts what the step has refused, the result depends on more than the value.
    if (isRight(decoded)) trusted = null
    return decoded
  }
}

const undecided = Symbol('undecided')

/** An exception of a predicate leaves the decision to io-ts, under which it is thrown again. */
const madeBy = (step: DecodingStep, value: unknown): unknown => {
  try {
    return decodeWith(step, value)
  } catch {
    return undecided
  }
}

/** `decode` is bound when a codec is created, so only a replaced one has another name or text. */
const decodesAsIoTs = (codec: unknown): codec is t.Any =>
  codec instanceof t.Type && looks(codec as t.Mixed) === looks(t.string)

const looks = ({ decode }: t.Decoder<unknown, unknown>): string => `${decode.name} ${String(decode)}`

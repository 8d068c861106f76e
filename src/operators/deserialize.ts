import { type Either, isLeft, left } from 'fp-ts/lib/Either.js'
import type { Observable } from 'rxjs'
import { bytes } from '../codecs/bytes.js'
import type { Codec, CodecOr } from '../codecs/codec.js'
import { float32, float64, int16, int32, int64 } from '../codecs/numbers.js'
import { utf8 } from '../codecs/utf8.js'
import type { MarkOf } from '../model/acknowledged.js'
import { aCodec, optional, problemsWithOptions, refuseWrong } from '../model/check-arguments.js'
import type { Bytes } from '../model/bytes.js'
import { ConsumerError } from '../model/consumer-error.js'
import { isPromiseLike } from '../model/is-promise-like.js'
import { firstOriginOf } from '../model/carried.js'
import type { ConsumerRecord } from '../model/consumer-record.js'
import type { AnyOnFailure, OnFailure, ParkPolicy } from '../model/failure-policy.js'
import type { NotShared, Shared } from '../model/shared.js'
import type { DecodeFault } from '../model/record-fault.js'
import { reasonOf } from '../model/printable.js'
import { recordPlaceOf } from './handling/failures.js'
import { handlingAtOnce } from './handling/handling.js'

/** The codecs that decode the bytes of a key and of a value. */
export interface DeserializeCodecs<K, V> {
  /** @default the bytes as they are */
  readonly key?: CodecOr<K, NotYetACodec>
  /** @default the bytes as they are */
  readonly value?: CodecOr<V, NotYetACodec>
}

/** The compiler's message for schemas and io-ts codecs. */
type NotYetACodec = 'a schema, or a codec of io-ts, goes into json(…)'

/** What `deserialize` does with a record that it cannot decode. */
export interface DeserializeOptions<F extends AnyOnFailure = OnFailure> {
  /** What happens to a record that cannot be decoded; for a share group see `ShareOnFailure`. @default 'fail' */
  readonly onFailure?: F
}

/** Which records a policy can be for. */
export type RecordsFor<F> = [F] extends ['release' | 'reject'] ? Shared : [F] extends [ParkPolicy] ? NotShared : unknown

/** A codec blocks the whole process, even heartbeats, so slow ones are reported. */
const slowMs = 250

/** Codecs that call no user code: reading the clock would take longer than they do. */
const quick: ReadonlySet<Codec<unknown>> = new Set<Codec<unknown>>([bytes, utf8, int16, int32, int64, float32, float64])

/**
 * Decodes keys and values from bytes. The record's `source` keeps the bytes.
 *
 * The event `slow decode` reports a record whose decoding takes more than 250 ms: nothing else runs meanwhile. In a
 * codec, a pattern that backtracks (`(a+)+$`) needs hardly any bytes for that.
 *
 * - Order: kept. While a record is written to the dead letters, later ones wait; while one is parked, those of its key
 *   wait.
 * - Pressure: none of its own.
 * - Completes with the source, after the waiting records.
 * - Errors with the source; with a `ConsumerError` of a `DecodeFault` (place, part, stage, paths) under `onFailure: 'fail'`.
 * - Unsubscribing unsubscribes from the source and releases the waiting records.
 *
 * @example
 * partition.pipe(deserialize({ key: nullable(utf8), value: json(Order) }, { onFailure: 'skip' }))
 */
export function deserialize<K = Bytes, V = Bytes, F extends AnyOnFailure = OnFailure>(
  codecs: DeserializeCodecs<K, V>,
  options: DeserializeOptions<F> = {}
): <C extends ConsumerRecord & RecordsFor<F>>(records: Observable<C>) => Observable<ConsumerRecord<K, V> & MarkOf<C>> {
  refuseWrong(problemsWithOptions('deserialize', codecs, { key: optional(aCodec), value: optional(aCodec) }))
  const isTimed = [codecs.key, codecs.value].some((codec) => codec !== undefined && !quick.has(codec))
  const make = (record: ConsumerRecord): ConsumerRecord<K, V> => decode(codecs, record)
  // Records marked as acknowledged stay so; the mark exists for the compiler only.
  return handlingAtOnce('deserialize', isTimed ? timed(make) : make, options) as never
}

/** The same, and reports records that take long to decode. */
const timed =
  <A>(call: (record: ConsumerRecord) => A) =>
  (record: ConsumerRecord): A => {
    const origin = firstOriginOf(record)
    if (origin === null) return call(record)
    const startedAt = origin.clock.now()
    try {
      return call(record)
    } finally {
      const tookMs = origin.clock.now() - startedAt
      if (tookMs > slowMs) origin.report({ _tag: 'slow decode', ...recordPlaceOf(record), tookMs })
    }
  }

/** @throws ConsumerError with a `DecodeFault` */
const decode = <K, V>({ key, value }: DeserializeCodecs<K, V>, record: ConsumerRecord): ConsumerRecord<K, V> => {
  // Without a codec the bytes are the value: then K or V is Bytes, by the defaults of the type parameters. An unused key is not
  // created.
  if (key !== undefined) return record.withKeyAndValue(decodePart(key, record, 'key'), decodedValue(value, record))
  return record.withValue(decodedValue(value, record)) as ConsumerRecord<unknown, V> as ConsumerRecord<K, V>
}

const decodedValue = <V>(codec: Codec<V> | undefined, record: ConsumerRecord): V =>
  codec === undefined ? (record.value as V) : decodePart(codec, record, 'value')

const decodePart = <A>(codec: Codec<A>, record: ConsumerRecord, part: 'key' | 'value'): A => {
  const decoded = answerOf(codec, record[part])
  if (isLeft(decoded)) throw new ConsumerError({ ...decoded.left, part, place: recordPlaceOf(record) })
  return decoded.right
}

const answerOf = <A>(codec: Codec<A>, bytes: Bytes): Either<DecodeFault, A> => {
  try {
    const decoded = codec.decode(bytes)
    return isEither(decoded) ? decoded : left({ _tag: 'DecodeFault', stage: 'codec', reason: noEither(decoded) })
  } catch (error) {
    return left({ _tag: 'DecodeFault', stage: 'codec', reason: `the codec threw: ${reasonOf(error)}` })
  }
}

const noEither = (decoded: unknown): string => {
  if (!isPromiseLike(decoded)) return 'the codec returned no Either'
  // Its rejection would end the process.
  if (decoded instanceof Promise) decoded.catch(() => undefined)
  return 'the codec returned a promise, for which it cannot wait: decode in handle(…)'
}

/** An untyped program may pass a codec that returns anything. */
const isEither = (answer: unknown): boolean =>
  typeof answer === 'object' &&
  answer !== null &&
  '_tag' in answer &&
  (answer._tag === 'Left' || answer._tag === 'Right')

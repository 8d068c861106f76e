import { type Either, isLeft, left, right } from 'fp-ts/lib/Either.js'
import type { OperatorFunction } from 'rxjs'
import { bytes } from '../codecs/bytes.js'
import type { Codec } from '../codecs/codec.js'
import { float32, float64, int16, int32, int64 } from '../codecs/numbers.js'
import { utf8 } from '../codecs/utf8.js'
import type { Bytes } from '../model/bytes.js'
import { ConsumerError } from '../model/consumer-error.js'
import { firstOriginOf } from '../model/carried.js'
import type { ConsumerRecord } from '../model/consumer-record.js'
import type { OnFailure } from '../model/failure-policy.js'
import type { DecodeFault } from '../model/fault.js'
import { reasonOf } from '../model/printable.js'
import { atOnce, placeOf } from './failures.js'
import { handling } from './handling.js'

/** What makes values of the bytes of a key and of a value. */
export interface DeserializeCodecs<K, V> {
  /** @default the bytes as they are */
  readonly key?: Codec<K>
  /** @default the bytes as they are */
  readonly value?: Codec<V>
}

/** What `deserialize` does when it cannot. */
export interface DeserializeOptions {
  /** What becomes of a record that cannot be decoded. @default 'fail' */
  readonly onFailure?: OnFailure
}

/** Nothing else of the process runs while a codec does, heartbeats included: from here on it is told. */
const slowMs = 250

/** Codecs that run nobody's code: to look at the clock would take longer than they do. */
const quick: ReadonlySet<Codec<unknown>> = new Set<Codec<unknown>>([bytes, utf8, int16, int32, int64, float32, float64])

/**
 * Makes keys and values of bytes. `source` of the record keeps the bytes.
 *
 * A record that takes more than 250 ms is told of by the event `slow decode`: nothing else runs meanwhile. A pattern that
 * backtracks (`(a+)+$`) in a codec needs hardly any bytes for that.
 *
 * - Order: kept; while a record is written to the dead letters, later ones wait; while one is parked, those of its key.
 * - Pressure: none of its own.
 * - Completes with the source, after what waits.
 * - Errors with the source; with a `ConsumerError` of a `DecodeFault` (place, part, stage, paths) under `onFailure: 'fail'`.
 * - Unsubscribing unsubscribes from the source and gives back what waits.
 *
 * @example
 * partition.pipe(deserialize({ key: nullable(utf8), value: json(Order) }, { onFailure: 'skip' }))
 */
export function deserialize<K = Bytes, V = Bytes>(
  codecs: DeserializeCodecs<K, V>,
  { onFailure = 'fail' }: DeserializeOptions = {}
): OperatorFunction<ConsumerRecord, ConsumerRecord<K, V>> {
  const isTimed = [codecs.key, codecs.value].some((codec) => codec !== undefined && !quick.has(codec))
  const call = isTimed ? timed((record) => decode(codecs, record)) : (record: ConsumerRecord) => decode(codecs, record)
  const result = (_record: ConsumerRecord, decoded: unknown): ConsumerRecord<K, V> => decoded as ConsumerRecord<K, V>
  return handling({ operator: 'deserialize', isAtOnce: true, call, result }, atOnce(onFailure))
}

/** The same, which tells of a record that took it long. */
const timed =
  <A>(call: (record: ConsumerRecord) => A) =>
  (record: ConsumerRecord): A => {
    const origin = firstOriginOf(record)
    if (origin === null) return call(record)
    const startedAt = origin.clock.now()
    const result = call(record)
    const tookMs = origin.clock.now() - startedAt
    if (tookMs > slowMs) origin.report({ _tag: 'slow decode', ...placeOf(record), tookMs })
    return result
  }

const decode = <K, V>(
  codecs: DeserializeCodecs<K, V>,
  record: ConsumerRecord
): Either<ConsumerError, ConsumerRecord<K, V>> => {
  // Without a codec the bytes are the value: then K or V is Bytes, by the defaults of the type parameters.
  const key = decodePart(codecs.key, record, 'key') as Either<DecodeFault, K>
  if (isLeft(key)) return left(new ConsumerError(key.left))
  const value = decodePart(codecs.value, record, 'value') as Either<DecodeFault, V>
  if (isLeft(value)) return left(new ConsumerError(value.left))
  return right(record.withKeyAndValue(key.right, value.right))
}

const decodePart = <A>(
  codec: Codec<A> | undefined,
  record: ConsumerRecord,
  part: 'key' | 'value'
): Either<DecodeFault, A | Bytes> => {
  const bytes = record[part]
  if (codec === undefined) return right(bytes)
  let decoded: Either<DecodeFault, A>
  try {
    decoded = codec.decode(bytes)
    if (!isEither(decoded)) decoded = left({ _tag: 'DecodeFault', stage: 'codec', reason: 'the codec gave no Either' })
  } catch (error) {
    decoded = left({ _tag: 'DecodeFault', stage: 'codec', reason: `the codec threw: ${reasonOf(error)}` })
  }
  if (!isLeft(decoded)) return decoded
  return left({ ...decoded.left, part, place: placeOf(record) })
}

/** Programs without types may give a codec that answers with anything. */
const isEither = (answer: unknown): boolean =>
  typeof answer === 'object' &&
  answer !== null &&
  '_tag' in answer &&
  (answer._tag === 'Left' || answer._tag === 'Right')

import { type Either, isLeft, left, right } from 'fp-ts/lib/Either.js'
import type { OperatorFunction } from 'rxjs'
import type { Codec } from '../codecs/codec.js'
import type { Bytes } from '../model/bytes.js'
import { ConsumerError } from '../model/consumer-error.js'
import type { ConsumerRecord } from '../model/consumer-record.js'
import type { OnFailure } from '../model/failure-policy.js'
import type { DecodeFault } from '../model/fault.js'
import { reasonOf } from '../model/printable.js'
import { atOnce } from './failures.js'
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

/**
 * Makes keys and values of bytes. `source` of the record keeps the bytes.
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
  const call = (record: ConsumerRecord): Either<ConsumerError, ConsumerRecord<K, V>> => {
    // Without a codec the bytes are the value: then K or V is Bytes, by the defaults of the type parameters.
    const key = decodePart(codecs.key, record, 'key') as Either<DecodeFault, K>
    if (isLeft(key)) return left(new ConsumerError(key.left))
    const value = decodePart(codecs.value, record, 'value') as Either<DecodeFault, V>
    if (isLeft(value)) return left(new ConsumerError(value.left))
    return right(record.withKeyAndValue(key.right, value.right))
  }
  const result = (_record: ConsumerRecord, decoded: unknown): ConsumerRecord<K, V> => decoded as ConsumerRecord<K, V>
  return handling({ operator: 'deserialize', isAtOnce: true, call, result }, atOnce(onFailure))
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
  const { topic, partition, offset } = record
  return left({ ...decoded.left, part, place: { topic, partition, offset } })
}

/** Programs without types may give a codec that answers with anything. */
const isEither = (answer: unknown): boolean =>
  typeof answer === 'object' &&
  answer !== null &&
  '_tag' in answer &&
  (answer._tag === 'Left' || answer._tag === 'Right')

import { type Either, isLeft } from 'fp-ts/lib/Either.js'
import { Observable, type OperatorFunction, type Subscriber, Subscription } from 'rxjs'
import type { Codec } from '../codecs/codec.js'
import type { Bytes } from '../model/bytes.js'
import { firstOriginOf, hold, isStale, pass, release, settle } from '../model/carried.js'
import { ConsumerError } from '../model/consumer-error.js'
import type { ConsumerRecord } from '../model/consumer-record.js'
import type { OnFailure } from '../model/failure-policy.js'
import type { DecodeFault } from '../model/fault.js'
import { operatorId } from '../model/operator-name.js'
import { reasonOf } from '../model/printable.js'

export interface DeserializeCodecs<K, V> {
  /** @default the bytes as they are */
  readonly key?: Codec<K>
  /** @default the bytes as they are */
  readonly value?: Codec<V>
}

export interface DeserializeOptions {
  /** What becomes of a record that cannot be decoded. @default 'fail' */
  readonly onFailure?: OnFailure
}

/**
 * Makes keys and values of bytes. `source` of the record keeps the bytes.
 *
 * - Order: kept; while a record is written to the dead letters, later ones wait.
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
  return (source) =>
    new Observable((destination) => {
      const run = new Deserializing(codecs, onFailure, destination)
      destination.add(() => {
        run.stop()
      })
      destination.add(
        source.subscribe({
          next: (record) => {
            run.arrived(record)
          },
          error: (error: unknown) => {
            destination.error(error)
          },
          complete: () => {
            run.sourceCompleted()
          }
        })
      )
    })
}

class Deserializing<K, V> {
  private readonly codecs: DeserializeCodecs<K, V>
  private readonly onFailure: OnFailure
  private readonly destination: Subscriber<ConsumerRecord<K, V>>
  private readonly operator = operatorId('deserialize')
  /** A record that is being written away, and what came after it. */
  private busy: ConsumerRecord | null = null
  private taking = new Subscription()
  private readonly waiting: ConsumerRecord[] = []
  private completed = false

  constructor(codecs: DeserializeCodecs<K, V>, onFailure: OnFailure, destination: Subscriber<ConsumerRecord<K, V>>) {
    this.codecs = codecs
    this.onFailure = onFailure
    this.destination = destination
  }

  arrived(record: ConsumerRecord): void {
    if (this.busy === null) this.decode(record)
    else {
      hold(record)
      this.waiting.push(record)
    }
  }

  sourceCompleted(): void {
    this.completed = true
    if (this.busy === null) this.destination.complete()
  }

  stop(): void {
    this.taking.unsubscribe()
    if (this.busy !== null) release(this.busy)
    this.busy = null
    for (const record of this.waiting.splice(0)) release(record)
  }

  private decode(record: ConsumerRecord): void {
    if (isStale(record)) return
    // Without a codec the bytes are the value: then K or V is Bytes, by the defaults of the type parameters.
    const key = decodePart(this.codecs.key, record, 'key') as Either<DecodeFault, K>
    if (isLeft(key)) {
      this.failed(record, key.left)
      return
    }
    const value = decodePart(this.codecs.value, record, 'value') as Either<DecodeFault, V>
    if (isLeft(value)) {
      this.failed(record, value.left)
      return
    }
    pass(record, this.operator)
    this.destination.next(record.withKeyAndValue(key.right, value.right))
  }

  private failed(record: ConsumerRecord, fault: DecodeFault): void {
    const { onFailure } = this
    const origin = firstOriginOf(record)
    if (onFailure === 'skip') {
      const { topic, partition, offset } = record
      origin?.report({ _tag: 'skipped', topic, partition, offset, fault })
      settle(record)
    } else if (onFailure === 'fail') this.destination.error(new ConsumerError(fault))
    else {
      this.busy = record
      hold(record)
      this.taking = onFailure
        .take({ record: record.source, fault, attempts: 1, groupId: origin?.groupId ?? null })
        .subscribe((answer) => {
          if (isLeft(answer)) this.destination.error(new ConsumerError(answer.left))
          else this.taken(record)
        })
    }
  }

  private taken(record: ConsumerRecord): void {
    settle(record)
    release(record)
    this.busy = null
    while (this.waiting.length > 0 && this.isFree()) {
      const next = this.waiting.shift()
      if (next === undefined) break
      this.decode(next)
      release(next)
    }
    if (this.completed && this.isFree()) this.destination.complete()
  }

  private isFree(): boolean {
    return this.busy === null
  }
}

const decodePart = <A>(
  codec: Codec<A> | undefined,
  record: ConsumerRecord,
  part: 'key' | 'value'
): Either<DecodeFault, A | Bytes> => {
  const bytes = record[part]
  if (codec === undefined) return { _tag: 'Right', right: bytes }
  let decoded: Either<DecodeFault, A>
  try {
    decoded = codec.decode(bytes)
  } catch (error) {
    decoded = {
      _tag: 'Left',
      left: { _tag: 'DecodeFault', stage: 'codec', reason: `the codec threw: ${reasonOf(error)}` }
    }
  }
  if (!isLeft(decoded)) return decoded
  const { topic, partition, offset } = record
  return { _tag: 'Left', left: { ...decoded.left, part, place: { topic, partition, offset } } }
}

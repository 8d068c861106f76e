import { isLeft } from 'fp-ts/lib/Either.js'
import type { Observable } from 'rxjs'
import type { Codec } from '../codecs/codec.js'
import { bytes } from '../codecs/bytes.js'
import type { ConsumerConfig } from '../config/consumer-config.js'
import type { ProducerProperties } from '../config/producer-config.js'
import { subscribe } from '../config/subscribe.js'
import { type Awaitable, awaitable } from '../model/awaitable.js'
import type { Bytes } from '../model/bytes.js'
import type { MarkOf } from '../model/acknowledged.js'
import type { Carried, CarriedOr, Dropped } from '../model/carried.js'
import {
  aCodec,
  aList,
  type ArgumentRule,
  problemsWith,
  problemsWithOptions,
  refuseWrong,
  withMethods
} from '../model/check-arguments.js'
import type { Committed } from '../model/committed.js'
import { ConsumerError } from '../model/consumer-error.js'
import type { ConsumerRecord } from '../model/consumer-record.js'
import type { AnyOnFailure, DeadLetterPolicy, OnFailure, OnFailureOf } from '../model/failure-policy.js'
import { nearestName, unknownName } from '../model/nearest-name.js'
import type { ProducerRecord, Wire } from '../model/producer-record.js'
import { deserialize, type DeserializeOptions, type RecordsFor } from '../operators/deserialize.js'
import type { Cluster } from '../ports/cluster.js'
import { deadLetter } from '../sinks/dead-letter.js'
import { type Producer, producer, type RecordToSend } from '../sinks/producer.js'
import type { CloseOptions } from '../sinks/closing.js'
import { produceTo } from '../sinks/produce-to.js'
import { type Consumer, consumer } from '../sources/consumer/consumer.js'
import { encodePart } from './encode-part.js'

/** The codecs of a topic; without a codec a part is bytes. */
export interface TopicCodecs {
  readonly key?: Codec<unknown>
  readonly value?: Codec<unknown>
}

type Decoded<C> = C extends Codec<infer A> ? A : Bytes
/** The type of a topic's keys. */
export type KeyOf<D> = D extends { readonly key: infer C } ? Decoded<C> : Bytes
/** The type of a topic's values. */
export type ValueOf<D> = D extends { readonly value: infer C } ? Decoded<C> : Bytes

/** A record for a topic: its key, if the topic has a codec for it, and its value, as the program has them. */
export type TopicRecord<D> = Pick<ProducerRecord, 'partition' | 'headers' | 'timestamp'> & {
  readonly value: ValueOf<D>
} & (D extends { readonly key: Codec<infer K> } ? { readonly key: K } : { readonly key?: Wire })

/** The names of the topics. */
export type TopicName<T> = keyof T & string

/** A record with the name of its topic. */
export type AnyTopicRecord<T> = { [N in TopicName<T>]: TopicRecord<T[N]> & { readonly topic: N } }[TopicName<T>]

/** A producer that takes keys and values as the program has them; otherwise like `producer`. */
export interface TopicsProducer<T> extends Omit<Producer, 'send' | 'sendAll'> {
  /** Like `Producer.send`. A record that cannot be encoded errors with a `UsageFault`. */
  send(record: AnyTopicRecord<T>): ReturnType<Producer['send']>
  /** Like `Producer.sendAll`. If one of them cannot be encoded, none is written. */
  sendAll(records: readonly AnyTopicRecord<T>[]): ReturnType<Producer['sendAll']>
}

/** The part of `memoryCluster()` that `produce` and `read` need. */
export interface TopicsOfMemory {
  produce(topic: string, ...records: readonly Omit<ProducerRecord, 'topic'>[]): readonly Committed[]
  records(partition: { readonly topic: string; readonly partition: number }): readonly StoredRecord[]
  partitionsOf(topic: string): number
}

/** A record in a log of the cluster in memory: its bytes, before any codec. */
export interface StoredRecord {
  readonly offset: bigint
  readonly key: Bytes
  readonly value: Bytes
}

/** A record in a topic of an embedded cluster. */
export interface ReadRecord<K, V> {
  readonly partition: number
  readonly offset: bigint
  readonly key: K
  readonly value: V
}

/** How a pipeline writes to a topic; see `ProduceToOptions`. */
export interface ProduceToTopic<C, R, D = C> {
  /** @default 'all' */
  readonly acks?: 0 | 1 | 'all'
  /** The producer's other properties, by Kafka's names. */
  readonly properties?: Omit<ProducerProperties, 'acks'>
  /** What happens to a record that cannot be written. @default 'fail' */
  readonly onFailure?: OnFailureOf<D>
  /** The record or records to write for each value. */
  readonly record: (carried: C) => R | readonly R[]
}

/** Topics whose names and types the compiler checks wherever they are read and written. */
export interface Topics<T extends Readonly<Record<string, TopicCodecs>>> {
  /** Like `consumer`, subscribed to these topics. */
  consumer(
    cluster: Cluster,
    names: TopicName<T> | readonly TopicName<T>[],
    config: Omit<ConsumerConfig, 'subscription'>
  ): Consumer
  /** Like `deserialize`, with the codecs of the topic. */
  deserialize<N extends TopicName<T>, F extends AnyOnFailure = OnFailure>(
    name: N,
    options?: DeserializeOptions<F>
  ): <C extends ConsumerRecord & RecordsFor<F>>(
    records: Observable<C>
  ) => Observable<ConsumerRecord<KeyOf<T[N]>, ValueOf<T[N]>> & MarkOf<C>>
  /** Like `produceTo`: the codecs of the topic encode keys and values. */
  produceTo<C extends CarriedOr<Dropped>, N extends TopicName<T>, D extends Carried<unknown> = C>(
    cluster: Cluster,
    name: N,
    options: ProduceToTopic<C, TopicRecord<T[N]>, D>
  ): (source: Observable<C> & Observable<D>) => Observable<D>
  /** Like `producer`. */
  producer(cluster: Cluster, properties?: ProducerProperties): TopicsProducer<T>
  /** Like `deadLetter`. It writes records as received: the codecs of that topic are for its readers. */
  deadLetter(cluster: Cluster, name: TopicName<T>): DeadLetterPolicy
  /**
   * A record with its key and value encoded, for any function that takes one.
   *
   * @throws ConsumerError with a `UsageFault` for a key or value that cannot be encoded
   */
  record<N extends TopicName<T>>(name: N, record: TopicRecord<T[N]>): RecordToSend
  /** Appends records to a topic of an embedded cluster. */
  produce<N extends TopicName<T>>(
    cluster: TopicsOfMemory,
    name: N,
    ...records: readonly TopicRecord<T[N]>[]
  ): readonly Committed[]
  /**
   * Everything in a topic of an embedded cluster, partition by partition.
   *
   * @throws ConsumerError with a `DecodeFault` for data that its codecs refuse
   */
  read<N extends TopicName<T>>(cluster: TopicsOfMemory, name: N): readonly ReadRecord<KeyOf<T[N]>, ValueOf<T[N]>>[]
}

/**
 * Declares once what the topics of a program hold. Everything made from it knows their names and types: consumers, what
 * they decode, producers, dead letters, and what tests write and read in a `memoryCluster`.
 *
 * `json(codec)` of io-ts writes by its `encode`; with another schema the value is written unchanged, so a schema that
 * transforms needs its own `encode`: `{ ...json(schema), encode: (value) => JSON.stringify(…) }`.
 *
 * @throws ConsumerError with a `ConfigFault` for a value that is not a codec
 *
 * @example
 * const shop = topics({ orders: { key: utf8, value: json(Order) }, 'orders.dlq': {} })
 * await shop.producer(cluster).send({ topic: 'orders', key: 'a', value: { id: 'a', amount: 12 } })
 * shop.consumer(cluster, 'orders', { 'group.id': 'billing' }).pipe(
 *   eachPartition((partition) => partition.pipe(shop.deserialize('orders'), handle(({ value }) => charge(value)), commit()))
 * )
 */
export const topics = <const T extends Readonly<Record<string, TopicCodecs>>>(definitions: T): Topics<T> => {
  refuseWrong(problemsWith('topics', definitions, anObject))
  const names = Object.keys(definitions)
  refuseWrong(names.flatMap((name) => problemsWithOptions(`topics: ${name}`, definitions[name], codecRules)))
  const codecsOf = (name: string): Required<TopicCodecs> => {
    if (!Object.hasOwn(definitions, name))
      throw new ConsumerError({ _tag: 'ConfigFault', problems: [unknownName(`topic ${name}`, `one of ${names.join(', ')}`, nearestName(name, names))] }) // prettier-ignore
    const { key = bytes, value = bytes } = definitions[name] ?? {}
    return { key, value }
  }
  const encoded = (name: string, given: LooseRecord): RecordToSend => {
    const codecs = codecsOf(name)
    refuseWrong(problemsWith(`record of ${name}`, given, aRecord))
    const { key, value, ...rest } = given
    const wire = { ...rest, topic: name, value: encodePart(codecs.value, value, name, 'value') }
    return key === undefined ? wire : { ...wire, key: encodePart(codecs.key, key, name, 'key') }
  }
  const encodedNamed = (record: NamedRecord): RecordToSend => {
    refuseWrong(problemsWith('record', record, aRecord))
    return encoded(record.topic, record)
  }
  const known = (name: string): string => {
    codecsOf(name)
    return name
  }
  const made = {
    consumer: (cluster: Cluster, given: string | readonly string[], config: Omit<ConsumerConfig, 'subscription'>) =>
      consumer(cluster, { ...config, subscription: subscribe(...[given].flat().map(known)) }),
    deserialize: (name: string, options?: DeserializeOptions) => deserialize(codecsOf(name), options),
    produceTo: (cluster: Cluster, name: string, options: ProduceToTopic<never, LooseRecord>) => {
      refuseWrong(problemsWith('produceTo: options', options, someOptions))
      refuseWrong(problemsWith('produceTo: record', options.record, aMaker))
      const record = (carried: never): readonly RecordToSend[] =>
        [options.record(carried)].flat().map((one) => encoded(name, one))
      return produceTo<never>(cluster, { ...options, topic: known(name), record } as never)
    },
    producer: (cluster: Cluster, properties?: ProducerProperties) => {
      const plain = producer(cluster, properties)
      const { events } = plain
      return {
        events,
        send: (record: NamedRecord) => encodedFirst(() => plain.send(encodedNamed(record))),
        sendAll: (records: readonly NamedRecord[]) =>
          encodedFirst(() => plain.sendAll(listed(records).map(encodedNamed))),
        status: () => plain.status(),
        flush: () => plain.flush(),
        close: (options?: CloseOptions) => plain.close(options),
        [Symbol.asyncDispose]: () => plain.close()
      }
    },
    deadLetter: (cluster: Cluster, name: string) => deadLetter(cluster, { topic: known(name) }),
    record: encoded,
    produce: (cluster: TopicsOfMemory, name: string, ...records: readonly LooseRecord[]) =>
      memoryOf('produce', cluster).produce(known(name), ...records.map((record) => encoded(name, record))),
    read: (cluster: TopicsOfMemory, name: string) => readAll(memoryOf('read', cluster), name, codecsOf(name))
  }
  // The compiler cannot follow a codec from a name to a value: `codecsOf` gives the types declared above.
  return made as unknown as Topics<T>
}

type LooseRecord = Pick<ProducerRecord, 'partition' | 'headers' | 'timestamp'> & {
  readonly key?: unknown
  readonly value: unknown
}

type NamedRecord = LooseRecord & { readonly topic: string }

const listed = (records: readonly NamedRecord[]): readonly NamedRecord[] => {
  refuseWrong(problemsWith('sendAll: records', records, aList))
  return records
}

/** An encoding failure is reported like a failure to write. */
const encodedFirst = <A>(send: () => A): A | Awaitable<never> => {
  try {
    return send()
  } catch (error) {
    return awaitable<never>((subscriber) => {
      subscriber.error(error)
    })
  }
}

const optionalCodec: ArgumentRule = { ...aCodec, holds: (given) => given === undefined || aCodec.holds(given) }
const codecRules = { key: optionalCodec, value: optionalCodec }
const anObject: ArgumentRule = {
  allowed: 'an object with the codecs of each topic',
  holds: (given) => typeof given === 'object' && given !== null && !Array.isArray(given)
}
const memoryOf = (caller: string, cluster: TopicsOfMemory): TopicsOfMemory => {
  refuseWrong(problemsWith(`${caller}: cluster`, cluster, aMemoryCluster))
  return cluster
}
const isObject = (given: unknown): boolean => typeof given === 'object' && given !== null
const someOptions: ArgumentRule = { allowed: 'an object of options', holds: isObject }
const aRecord: ArgumentRule = { allowed: 'an object with a value', holds: isObject }
const aMemoryCluster = /*#__PURE__*/ withMethods('memoryCluster(…)', 'produce', 'records', 'partitionsOf')
const aMaker: ArgumentRule = {
  allowed: 'a function that returns the record to write',
  holds: (given) => typeof given === 'function'
}

const readAll = (
  cluster: TopicsOfMemory,
  topic: string,
  codecs: Required<TopicCodecs>
): readonly ReadRecord<unknown, unknown>[] =>
  Array.from({ length: cluster.partitionsOf(topic) }, (_, partition) =>
    cluster.records({ topic, partition }).map((record) => {
      const decoded = (part: 'key' | 'value'): unknown => {
        const answer = codecs[part].decode(record[part])
        const place = { topic, partition, offset: record.offset }
        if (isLeft(answer)) throw new ConsumerError({ ...answer.left, part, place })
        return answer.right
      }
      return { partition, offset: record.offset, key: decoded('key'), value: decoded('value') }
    })
  ).flat()

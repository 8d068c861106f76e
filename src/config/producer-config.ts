import { type Either, map } from 'fp-ts/lib/Either.js'
import type { Bytes } from '../model/bytes.js'
import type { ConfigFault, ConfigProblem } from '../model/fault.js'
import { namesOfProducers } from './other-names.js'
import {
  bytes,
  type Decoded,
  decodeProperties,
  functionOf,
  integer,
  milliseconds,
  oneOf,
  orNull,
  property,
  truth
} from './property.js'

/** The record and topic for which a custom partitioner chooses a partition. */
export interface PartitionChoice {
  readonly topic: string
  readonly key: Bytes
  readonly value: Bytes
  /** how many the topic has, and which of them have a leader */
  readonly partitions: number
  readonly available: readonly number[]
}

/** Returns a partition, from 0. Called for each record without a partition. */
export type ChoosePartition = (choice: PartitionChoice) => number

/** How batches are compressed. gzip needs nothing; the others need the packages that the README names. */
export type CompressionType = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'

/** A producer's properties, by Kafka's names. Times are in ms, sizes in bytes. */
export interface ProducerProperties {
  /** Which replicas have to confirm a record: none, the leader, or all in sync. @default 'all' */
  readonly acks?: 0 | 1 | 'all'
  /**
   * Numbers batches, so that the broker recognises repeated ones: no record is written twice, and none is lost unnoticed.
   * @default true, unless `acks` is not 'all', `retries` is 0 or more than 5 requests may be in flight
   */
  readonly 'enable.idempotence'?: boolean
  /** How long a batch that is not full waits for more records. @default 5 */
  readonly 'linger.ms'?: number
  /** A batch is sent when it has this many bytes, before compression. While it has to wait, it grows to up to 16 times that. @default 16384 */
  readonly 'batch.size'?: number
  /** How many bytes all batches together may take until they are confirmed. @default 33554432 */
  readonly 'buffer.memory'?: number
  /** @default 5 */
  readonly 'max.in.flight.requests.per.connection'?: number
  /** How often a batch is sent again within `delivery.timeout.ms`. @default 2147483647 */
  readonly retries?: number
  /** @default 100 */
  readonly 'retry.backoff.ms'?: number
  /** @default 1000 */
  readonly 'retry.backoff.max.ms'?: number
  /**
   * snappy and lz4 need the packages `snappy` and `lz4-napi`; zstd needs Node 22.15 or `@bokuweb/zstd-wasm`. A batch that
   * does not get smaller is sent as it is. @default 'none'
   */
  readonly 'compression.type'?: CompressionType
  /** @default 30000 */
  readonly 'request.timeout.ms'?: number
  /**
   * How long a record waits until its topic (or the partition that it names) exists, or until `buffer.memory` has room, before
   * it fails. `Producer.events` reports the wait. @default 60000
   */
  readonly 'max.block.ms'?: number
  /** How long a record may be in a batch without being confirmed, before it fails. @default 120000 */
  readonly 'delivery.timeout.ms'?: number
  /** The largest record and request, before compression. @default 1048576 */
  readonly 'max.request.size'?: number
  /** How soon new partitions are noticed. @default 300000 */
  readonly 'metadata.max.age.ms'?: number
  /**
   * Whether this client sends its metrics to the brokers, if their operators have subscribed to them (KIP-714). The
   * metrics contain no key and no value. @default true
   */
  readonly 'enable.metrics.push'?: boolean
  /** Chooses the partition of each record that names none. @default by the key's hash, without a key a batch at a time */
  readonly partitioner?: ChoosePartition
}

/** The producer's configuration after decoding. */
export interface ProducerSettings {
  readonly acks: 0 | 1 | 'all'
  readonly idempotent: boolean
  readonly lingerMs: number
  readonly batchSize: number
  readonly bufferMemory: number
  readonly maxInFlight: number
  readonly retries: number
  readonly retryBackoffMs: number
  readonly retryBackoffMaxMs: number
  readonly compression: CompressionType
  readonly requestTimeoutMs: number
  readonly deliveryTimeoutMs: number
  readonly maxBlockMs: number
  readonly maxRequestSize: number
  readonly metadataMaxAgeMs: number
  readonly metricsPush: boolean
  readonly partitioner: ChoosePartition | null
}

const choosePartition = functionOf<ChoosePartition>()

const properties = {
  acks: property(oneOf<0 | 1 | 'all'>(0, 1, 'all'), 'all'),
  'enable.idempotence': property(orNull(truth), null),
  'linger.ms': property(milliseconds(0), 5),
  'batch.size': property(bytes(1), 16_384),
  'buffer.memory': property(bytes(1), 33_554_432),
  'max.in.flight.requests.per.connection': property(integer(1), 5),
  retries: property(integer(0, 2 ** 31 - 1), 2 ** 31 - 1),
  'retry.backoff.ms': property(milliseconds(1), 100),
  'retry.backoff.max.ms': property(milliseconds(1), 1_000),
  'compression.type': property(oneOf('none', 'gzip', 'snappy', 'lz4', 'zstd'), 'none'),
  'request.timeout.ms': property(milliseconds(1), 30_000),
  'delivery.timeout.ms': property(milliseconds(1), 120_000),
  'max.block.ms': property(milliseconds(0), 60_000),
  'max.request.size': property(bytes(1), 1_048_576),
  'metadata.max.age.ms': property(milliseconds(1), 300_000),
  'enable.metrics.push': property(truth, true),
  partitioner: property<ChoosePartition | null>(choosePartition, null)
} as const

type DecodedConfig = Decoded<typeof properties>

/** Decodes a producer's configuration. */
export const decodeProducerConfig = (input: unknown): Either<ConfigFault, ProducerSettings> =>
  map((config: DecodedConfig) => ({
    acks: config.acks,
    idempotent: config['enable.idempotence'] ?? notIdempotent(config).length === 0,
    lingerMs: config['linger.ms'],
    batchSize: config['batch.size'],
    bufferMemory: config['buffer.memory'],
    maxInFlight: config['max.in.flight.requests.per.connection'],
    retries: config.retries,
    retryBackoffMs: config['retry.backoff.ms'],
    retryBackoffMaxMs: config['retry.backoff.max.ms'],
    compression: config['compression.type'],
    requestTimeoutMs: config['request.timeout.ms'],
    deliveryTimeoutMs: config['delivery.timeout.ms'],
    maxBlockMs: config['max.block.ms'],
    maxRequestSize: config['max.request.size'],
    metadataMaxAgeMs: config['metadata.max.age.ms'],
    metricsPush: config['enable.metrics.push'],
    partitioner: config.partitioner
  }))(decodeProperties(properties, input, check, namesOfProducers))

const check = (config: DecodedConfig): readonly ConfigProblem[] => {
  const linger = config['linger.ms']
  const request = config['request.timeout.ms']
  const delivery = config['delivery.timeout.ms']
  const late = {
    property: 'delivery.timeout.ms',
    given: String(delivery),
    allowed: `at least linger.ms and request.timeout.ms together (${String(linger + request)})`
  }
  return [
    ...(linger + request <= delivery ? [] : [late]),
    ...(config['enable.idempotence'] === true ? notIdempotent(config) : [])
  ]
}

/** Properties that exclude idempotence. */
const notIdempotent = (config: DecodedConfig): readonly ConfigProblem[] => {
  const inFlight = 'max.in.flight.requests.per.connection'
  const because = 'since enable.idempotence is true'
  const problems: ConfigProblem[] = []
  if (config.acks !== 'all')
    problems.push({ property: 'acks', given: String(config.acks), allowed: `"all", ${because}` })
  if (config.retries === 0) problems.push({ property: 'retries', given: '0', allowed: `more, ${because}` })
  if (config[inFlight] > 5)
    problems.push({ property: inFlight, given: String(config[inFlight]), allowed: `at most 5, ${because}` })
  return problems
}

export { properties as producerProperties }

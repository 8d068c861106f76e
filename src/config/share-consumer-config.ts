import { type Either, map } from 'fp-ts/lib/Either.js'
import type { ConfigFault, ConfigProblem } from '../model/fault.js'
import { checkLess, decodeProperties, type Decoded, milliseconds, name, oneOf, property, required } from './property.js'
import { namesOfShareConsumers } from './other-names.js'
import { readingProperties, type ReadingSettings, readingSettings } from './reading-config.js'
import type { Subscribed } from './subscribed.js'
import { checkSubscription, subscribed, type Subscription, subscriptionOf } from './subscription.js'

/** A share consumer's properties, by Kafka's names. Times are in ms, sizes in bytes. */
export interface ShareConsumerConfig {
  /** The topics to read, by name: `subscribe('orders')`. Share groups support neither patterns nor chosen partitions. */
  readonly subscription: Subscribed
  /** The share group. */
  readonly 'group.id': string
  /**
   * How many records a broker acquires for one request: with `batch_optimized` whole record batches, which may exceed
   * `max.poll.records`; with `record_limit` never more than that (Kafka 4.2, KIP-1206). @default 'batch_optimized'
   */
  readonly 'share.acquire.mode'?: 'batch_optimized' | 'record_limit'
  /** How many records, at most, are requested at once, and delivered in one turn of the event loop. @default 500 */
  readonly 'max.poll.records'?: number
  /**
   * How long after its delivery the lock of a record is renewed. A record that takes longer is delivered again.
   *
   * @default 300000
   */
  readonly 'max.poll.interval.ms'?: number
  /** How long a drain may take. @default 30000 */
  readonly 'drain.timeout.ms'?: number
  /** The rack of this member, as the brokers name racks (`broker.rack`). @default '' (none) */
  readonly 'client.rack'?: string | undefined
  /** @default 300000 */
  readonly 'metadata.max.age.ms'?: number
  /** @default 1 */
  readonly 'fetch.min.bytes'?: number
  /** How long a fetch waits for records. Acknowledgements wait behind it, on the same connection. @default 500 */
  readonly 'fetch.max.wait.ms'?: number
  /** The largest answer to a fetch. @default 52428800 */
  readonly 'fetch.max.bytes'?: number
  /** The largest size of a record batch after decompression. @default 67108864 */
  readonly 'max.decompressed.bytes'?: number
  /** Checks the CRC-32C of each batch. @default true */
  readonly 'check.crcs'?: boolean
  /** @default 100 */
  readonly 'retry.backoff.ms'?: number
  /** @default 1000 */
  readonly 'retry.backoff.max.ms'?: number
  /** @default 30000 */
  readonly 'request.timeout.ms'?: number
  /**
   * How many records may be acquired and not acknowledged, over all brokers; with `batch_optimized`, record batches may
   * exceed it. Their locks run from the moment they are acquired: keep the number small if handlers are slow. @default 1000
   */
  readonly maxInFlight?: number
}

/** The configuration after decoding: every default filled in, names without dots. */
export interface ShareConsumerSettings extends ReadingSettings {
  readonly groupId: string
  readonly subscription: Subscription & { readonly _tag: 'topics' }
  readonly acquireMode: 'batch_optimized' | 'record_limit'
  readonly renewForMs: number
}

const properties = {
  subscription: required(subscribed, (value) => checkSubscription(value)),
  'group.id': required(name),
  'share.acquire.mode': property(oneOf('batch_optimized', 'record_limit'), 'batch_optimized'),
  'max.poll.interval.ms': property(milliseconds(1), 300_000),
  ...readingProperties
} as const

/** Decodes a share consumer's configuration. */
export const decodeShareConsumerConfig = (input: unknown): Either<ConfigFault, ShareConsumerSettings> =>
  map(settingsOf)(decodeProperties(properties, input, check, namesOfShareConsumers))

const check = (config: Decoded<typeof properties>): readonly ConfigProblem[] => {
  const { subscription } = config
  const isNames = subscription._tag === 'Subscribed' && subscription.topics.every((topic) => typeof topic === 'string')
  const allowed = 'topics by name: share groups have nothing else'
  return [
    ...(isNames ? [] : [{ property: 'subscription', given: shown(subscription), allowed }]),
    ...checkLess(config, 'fetch.max.wait.ms', 'request.timeout.ms')
  ]
}

const shown = (subscription: Subscribed): string =>
  subscription._tag === 'Subscribed' ? `subscribe(${subscription.topics.map(String).join(', ')})` : 'assign(…)'

const settingsOf = (config: Decoded<typeof properties>): ShareConsumerSettings => {
  const subscription = subscriptionOf(config.subscription)
  return {
    ...readingSettings(config),
    groupId: config['group.id'],
    subscription: subscription._tag === 'topics' ? subscription : { _tag: 'topics', topics: [], patterns: [] },
    acquireMode: config['share.acquire.mode'],
    renewForMs: config['max.poll.interval.ms']
  }
}

export { properties as shareConsumerProperties }

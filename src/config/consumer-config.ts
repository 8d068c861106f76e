import { type Either, map } from 'fp-ts/lib/Either.js'
import type { Assignor } from '../model/assignor.js'
import type { ConfigFault, ConfigProblem } from '../model/fault.js'
import { autoOffsetReset, type AutoOffsetReset } from './auto-offset-reset.js'
import { type AssignmentStrategy, checkStrategies, strategies } from './assignment-strategy.js'
import { heartbeatInterval } from './heartbeat-interval.js'
import {
  anyFunction,
  bytes,
  checkLess,
  decodeProperties,
  type Decoded,
  integer,
  milliseconds,
  name,
  oneOf,
  orNull,
  property,
  required,
  truth
} from './property.js'
import { checkGroupProtocol } from './check-group-protocol.js'
import { namesOfConsumers } from './other-names.js'
import type { StartFrom } from './start-from.js'
import { readingProperties, type ReadingSettings, readingSettings } from './reading-config.js'
import type { Subscribed } from './subscribed.js'
import { checkSubscription, subscribed, type Subscription, subscriptionOf } from './subscription.js'

/**
 * A consumer's properties, by Kafka's names. Times are in ms, sizes in bytes.
 */
export interface ConsumerConfig {
  /** What to read: `subscribe(…)` or `assign(…)`. */
  readonly subscription: Subscribed
  /** The group. `subscribe` needs it; with `assign` it is needed only to commit. */
  readonly 'group.id'?: string | undefined
  /** Returns where to begin in the partitions that were assigned, for offsets that you store elsewhere. */
  readonly startFrom?: StartFrom
  /**
   * Where to begin without a committed offset; `none` is a fault that names the partition. `by_duration:` with an ISO 8601
   * duration (`by_duration:P1DT12H`) begins with the first record that is no older than that by the clock of this machine, or
   * at the end if there is none (KIP-1106). With `latest` and `by_duration`, the start is committed at once, if
   * `enable.auto.commit` is on or the pipeline has a `commit()` or `atMostOnce()`: the next owner continues there.
   * @default 'latest'
   */
  readonly 'auto.offset.reset'?: 'earliest' | 'latest' | 'none' | `by_duration:${string}`
  /**
   * What happens if a position is not in the log any more: `reset` applies `auto.offset.reset`, with an event; `fail` is an
   * `OffsetOutOfRangeFault`, so that no records are skipped, or read again from far back. `auto.offset.reset` then applies only
   * to partitions without a committed offset. @default 'reset'
   */
  readonly 'offset.out.of.range'?: 'reset' | 'fail'
  /**
   * How many records a reset may read again: a reset that would go back further is an `OffsetOutOfRangeFault`. It does not
   * apply to partitions without a committed offset. @default null (any number)
   */
  readonly 'offset.reset.max.records'?: number | null
  /** How old, in ms, the first record that a reset reads again may be. @default null (any age) */
  readonly 'offset.reset.max.ms'?: number | null
  /** Commits acknowledged records on a timer, never records that were only delivered. @default true */
  readonly 'enable.auto.commit'?: boolean
  /** @default 5000 */
  readonly 'auto.commit.interval.ms'?: number
  /**
   * Who assigns the partitions. `classic`: one of the members does, and each rebalance waits until all have joined. `consumer`
   * (KIP-848, Kafka 4.0): the brokers do, and members learn of it by their heartbeats. If the brokers do not support it, the
   * member joins by `classic`, with the event `group protocol`. Members of both may be in one group.
   * @default 'classic'
   */
  readonly 'group.protocol'?: 'classic' | 'consumer'
  /**
   * With `group.protocol: 'consumer'`, the assignor that the brokers shall use: `uniform`, `range`, or one of their own
   * (`group.consumer.assignors`). @default null (the brokers' first)
   */
  readonly 'group.remote.assignor'?: string | null
  /**
   * How often the member sends heartbeats. Only from their answers it learns that another member has joined or left; partitions
   * that have to move are not consumed until all members know. @default 750; with the cluster's `connections: 'few'` 3000 (as
   * Java's client), but at most a third of the session
   */
  readonly 'heartbeat.interval.ms'?: number | null
  /** The group removes a member that has sent no heartbeat for this long. @default 10000 (Java's client: 45000) */
  readonly 'session.timeout.ms'?: number
  /** A member whose handlers have not moved for this long leaves the group. Also the rebalance timeout: how long the group waits for this member to rejoin. @default 300000 */
  readonly 'max.poll.interval.ms'?: number
  /** How long a drain may take, at a revocation and at the end. @default 30000 */
  readonly 'drain.timeout.ms'?: number
  /** The maximum of records delivered before the event loop gets control; it also gets it after 10 ms. @default 500 */
  readonly 'max.poll.records'?: number
  /** A stable name of this instance: a restart within the session causes no rebalance. @default none */
  readonly 'group.instance.id'?: string | undefined
  /**
   * In order of preference; the group uses the first that all its members offer. With `cooperative-sticky` alone, a member
   * continues to read the partitions that it keeps. With another strategy beside it, it releases all of them in a rebalance; to move a
   * running group over, add `cooperative-sticky` to all members, then remove the other from all. `RoundRobinAssigner` is
   * kafkajs's. An `Assignor` is one of your own.
   * @default ['cooperative-sticky']
   */
  readonly 'partition.assignment.strategy'?: readonly (AssignmentStrategy | Assignor)[]
  /**
   * The rack of this member, as the brokers name racks (`broker.rack`). It reads from replicas in its rack, if the brokers
   * choose replicas by rack (`replica.selector.class`), and prefers partitions with such replicas in an assignment, as long as
   * that stays balanced; `roundrobin` ignores racks. @default '' (none)
   */
  readonly 'client.rack'?: string | undefined
  /** `read_committed` leaves out the records of aborted and open transactions. @default 'read_uncommitted' */
  readonly 'isolation.level'?: 'read_uncommitted' | 'read_committed'
  /** @default 300000 */
  readonly 'metadata.max.age.ms'?: number
  /** @default 1 */
  readonly 'fetch.min.bytes'?: number
  /** @default 500 */
  readonly 'fetch.max.wait.ms'?: number
  /**
   * The maximum size of a fetch response, and roughly of all buffers together; each partition may always use two equal shares
   * of it. @default 52428800
   */
  readonly 'fetch.max.bytes'?: number
  /** @default 1048576 */
  readonly 'max.partition.fetch.bytes'?: number
  /** The largest size of a record batch after decompression. @default 67108864 */
  readonly 'max.decompressed.bytes'?: number
  /** Checks the CRC-32C of each batch. @default true */
  readonly 'check.crcs'?: boolean
  /**
   * Whether this client sends its metrics to the brokers, if their operators have subscribed to them (KIP-714). The
   * metrics contain no key and no value. @default true
   */
  readonly 'enable.metrics.push'?: boolean
  /** Emits the event `end reached` each time everything in a partition is delivered, as librdkafka's property of this name. @default false */
  readonly 'enable.partition.eof'?: boolean
  /** @default 100 */
  readonly 'retry.backoff.ms'?: number
  /** @default 1000 */
  readonly 'retry.backoff.max.ms'?: number
  /** @default 30000 */
  readonly 'request.timeout.ms'?: number
  /** How long `commitSync` and `commitAsync` wait. @default 60000 */
  readonly 'default.api.timeout.ms'?: number
  /** How long all commits of a partition may fail before the consumer stops with a `CommitFault`. @default 300000 */
  readonly 'commit.timeout.ms'?: number
  /**
   * How long the brokers, or the group's coordinator, may be unreachable before the consumer ends with an `UnreachableFault`.
   * Until then the events `reconnecting` and `waiting` report it. @default null (never)
   */
  readonly 'unreachable.timeout.ms'?: number | null
  /** How many records of a partition may be delivered and not settled. @default 1000 */
  readonly maxInFlight?: number
  /**
   * How many bytes the batches with records in flight may have, after decompression, in all partitions together. A batch that
   * would exceed it waits; a single batch may always have up to `max.decompressed.bytes`.
   * @default 52428800 (50 MiB)
   */
  readonly maxInFlightBytes?: number
  /** How many records there may be from a partition's first unsettled record to the last delivered one. @default 100000 */
  readonly maxUncommitted?: number
}

/** The consumer's configuration after decoding: every default filled in, names without dots. */
export interface ConsumerSettings extends ReadingSettings {
  readonly groupId: string | null
  readonly groupProtocol: 'classic' | 'consumer'
  readonly remoteAssignor: string | null
  readonly groupInstanceId: string | null
  readonly subscription: Subscription
  readonly autoOffsetReset: AutoOffsetReset
  readonly offsetOutOfRange: 'reset' | 'fail'
  readonly resetMaxRecords: number | null
  readonly resetMaxMs: number | null
  readonly autoCommit: boolean
  readonly autoCommitIntervalMs: number
  /** null if not configured: then the cluster decides (`heartbeatInterval`) */
  readonly heartbeatIntervalMs: number | null
  readonly sessionTimeoutMs: number
  readonly rebalanceTimeoutMs: number
  readonly maxPartitionFetchBytes: number
  readonly isolation: 'read_uncommitted' | 'read_committed'
  readonly tellsEnds: boolean
  readonly assignors: readonly (AssignmentStrategy | Assignor)[]
  readonly apiTimeoutMs: number
  readonly commitTimeoutMs: number
  readonly unreachableTimeoutMs: number | null
  readonly metricsPush: boolean
  readonly maxInFlightBytes: number
  readonly maxUncommitted: number
}

const properties = {
  subscription: required(subscribed, (value) => checkSubscription(value)),
  'group.id': property(orNull(name), null),
  startFrom: property(orNull(anyFunction), null),
  'auto.offset.reset': property(autoOffsetReset, 'latest'),
  'offset.out.of.range': property(oneOf('reset', 'fail'), 'reset'),
  'offset.reset.max.records': property(orNull(integer(0)), null),
  'offset.reset.max.ms': property(orNull(integer(0, Number.MAX_SAFE_INTEGER, 'ms')), null),
  'enable.auto.commit': property(truth, true),
  'auto.commit.interval.ms': property(milliseconds(1), 5_000),
  'group.protocol': property(oneOf('classic', 'consumer'), 'classic'),
  'group.remote.assignor': property(orNull(name), null),
  'heartbeat.interval.ms': property(orNull(milliseconds(1)), null),
  'session.timeout.ms': property(milliseconds(1), 10_000),
  'max.poll.interval.ms': property(milliseconds(1), 300_000),
  ...readingProperties,
  'group.instance.id': property(orNull(name), null),
  'partition.assignment.strategy': property(strategies, ['cooperative-sticky']),
  'isolation.level': property(oneOf('read_uncommitted', 'read_committed'), 'read_uncommitted'),
  'max.partition.fetch.bytes': property(bytes(1), 1_048_576),
  'enable.metrics.push': property(truth, true),
  'enable.partition.eof': property(truth, false),
  'default.api.timeout.ms': property(milliseconds(1), 60_000),
  'commit.timeout.ms': property(milliseconds(1), 300_000),
  'unreachable.timeout.ms': property(orNull(milliseconds(1)), null),
  maxInFlightBytes: property(bytes(1), 52_428_800),
  maxUncommitted: property(integer(1), 100_000)
} as const

/** Decodes a consumer's configuration, before anything is connected. */
export const decodeConsumerConfig = (input: unknown): Either<ConfigFault, ConsumerSettings> =>
  map(settingsOf)(
    decodeProperties(
      properties,
      input,
      (config) => [...check(config), ...checkGroupProtocol(config, input)],
      namesOfConsumers
    )
  )

type DecodedConfig = Decoded<typeof properties>

const check = (config: DecodedConfig): readonly ConfigProblem[] => {
  const problems: ConfigProblem[] = []
  const session = config['session.timeout.ms']
  const heartbeats = config['heartbeat.interval.ms'] ?? heartbeatInterval('fast', session)
  if (heartbeats >= session)
    problems.push({
      property: 'heartbeat.interval.ms',
      given: String(heartbeats),
      allowed: `less than session.timeout.ms (${String(session)})`
    })
  problems.push(
    // Under the consumer protocol the brokers set the session timeout, so the default here is irrelevant.
    ...(config['group.protocol'] === 'classic' ? checkLess(config, 'session.timeout.ms', 'max.poll.interval.ms') : []),
    ...checkLess(config, 'drain.timeout.ms', 'max.poll.interval.ms'),
    ...checkLess(config, 'fetch.max.wait.ms', 'request.timeout.ms')
  )
  if (config['group.id'] === null && config.subscription._tag === 'Subscribed')
    problems.push({
      property: 'group.id',
      given: 'left out',
      allowed: 'the name of a group: subscribe needs one, assign does not'
    })
  return [...problems, ...checkStrategies(config['partition.assignment.strategy'])]
}

const settingsOf = (config: DecodedConfig): ConsumerSettings => ({
  ...readingSettings(config),
  groupId: config['group.id'],
  groupProtocol: config['group.protocol'],
  remoteAssignor: config['group.remote.assignor'],
  groupInstanceId: config['group.instance.id'],
  subscription: subscriptionOf(config.subscription),
  autoOffsetReset: config['auto.offset.reset'],
  offsetOutOfRange: config['offset.out.of.range'],
  resetMaxRecords: config['offset.reset.max.records'],
  resetMaxMs: config['offset.reset.max.ms'],
  autoCommit: config['enable.auto.commit'] && config['group.id'] !== null,
  autoCommitIntervalMs: config['auto.commit.interval.ms'],
  heartbeatIntervalMs: config['heartbeat.interval.ms'],
  sessionTimeoutMs: config['session.timeout.ms'],
  rebalanceTimeoutMs: config['max.poll.interval.ms'],
  maxPartitionFetchBytes: config['max.partition.fetch.bytes'],
  isolation: config['isolation.level'],
  tellsEnds: config['enable.partition.eof'],
  assignors: config['partition.assignment.strategy'],
  apiTimeoutMs: config['default.api.timeout.ms'],
  commitTimeoutMs: config['commit.timeout.ms'],
  unreachableTimeoutMs: config['unreachable.timeout.ms'],
  metricsPush: config['enable.metrics.push'],
  maxInFlightBytes: config.maxInFlightBytes,
  maxUncommitted: config.maxUncommitted
})

export { properties as consumerProperties }

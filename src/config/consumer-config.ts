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
import { checkGroupProtocol } from './group-protocol.js'
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
  /** The group. Needed to subscribe; under `assign` only to commit. */
  readonly 'group.id'?: string
  /** The positions of what was gained, for offsets that are held elsewhere. */
  readonly startFrom?: StartFrom
  /**
   * Where to begin without a committed offset; `none` is a fault that names the partition. `by_duration:` with an ISO 8601
   * duration, `by_duration:P1DT12H`, begins with the first record that is no older than that by the clock of this machine, and
   * at the end where there is none (KIP-1106). Where `latest` or `by_duration` began is committed at once, by
   * `enable.auto.commit` or if the pipeline has a `commit()` or `atMostOnce()`: the next owner goes on there.
   * @default 'latest'
   */
  readonly 'auto.offset.reset'?: 'earliest' | 'latest' | 'none' | `by_duration:${string}`
  /**
   * What happens to a position, committed or read to, that is not in the log any more: `reset` applies `auto.offset.reset`, with
   * an event; `fail` is an `OffsetOutOfRangeFault`, so that what was read is never read again from far back, nor passed over,
   * and `auto.offset.reset` is only for partitions without a committed offset. @default 'reset'
   */
  readonly 'offset.out.of.range'?: 'reset' | 'fail'
  /**
   * How many records a reset of such a position may have read again: one that would go back further is an
   * `OffsetOutOfRangeFault`. A partition without a committed offset has nothing to go back from. @default null (any number)
   */
  readonly 'offset.reset.max.records'?: number | null
  /** The same in time: how old, in ms, the first record that is read again may be. @default null (any age) */
  readonly 'offset.reset.max.ms'?: number | null
  /** Commits on a timer what was acknowledged, never what was merely delivered. @default true */
  readonly 'enable.auto.commit'?: boolean
  /** @default 5000 */
  readonly 'auto.commit.interval.ms'?: number
  /**
   * How the members of the group share its partitions out. `classic`: one of them makes the assignment, and each rebalance waits
   * for all to join. `consumer` (KIP-848, Kafka 4.0): the brokers make it, and members hear of it with their heartbeats. Brokers that do
   * not speak that have the member join by `classic`, with the event `group protocol`. Members of both may be in one group.
   * @default 'classic'
   */
  readonly 'group.protocol'?: 'classic' | 'consumer'
  /**
   * Under `group.protocol: 'consumer'`, the assignor of the brokers that is asked for: `uniform` or `range`, or one of theirs
   * (`group.consumer.assignors`). @default null (the brokers' first)
   */
  readonly 'group.remote.assignor'?: string | null
  /**
   * A member learns only by its heartbeats that another has joined or left; partitions that have to move are not consumed until all members know.
   * @default 750; where the cluster's `connections` are `'few'`, 3000 (as Java's client), and a third of the session at most
   */
  readonly 'heartbeat.interval.ms'?: number | null
  /** Without a heartbeat for so long the member is given up by the group. @default 10000 (Java's client: 45000) */
  readonly 'session.timeout.ms'?: number
  /** Also the rebalance timeout: how long the group waits for this member to rejoin. @default 300000 */
  readonly 'max.poll.interval.ms'?: number
  /** How long a drain may take, at a revocation and at the end. @default 30000 */
  readonly 'drain.timeout.ms'?: number
  /** How many records are delivered at most before the event loop gets a turn, which it gets after 10 ms in any case. @default 500 */
  readonly 'max.poll.records'?: number
  /** A stable name of this instance: a restart within the session causes no rebalance. @default none */
  readonly 'group.instance.id'?: string
  /**
   * In order of preference; the group takes the first that all its members offer. With only `cooperative-sticky` the member
   * keeps reading what it keeps; together with another it gives everything up first, which is how a running group is moved
   * over: first add it everywhere, then take the others off. `RoundRobinAssigner` is kafkajs's, for groups that move from it.
   * An `Assignor` is one of your own.
   * @default ['cooperative-sticky']
   */
  readonly 'partition.assignment.strategy'?: readonly (AssignmentStrategy | Assignor)[]
  /**
   * Where this member is, in the brokers' words (`broker.rack`). Partitions are read from a replica there, if the brokers
   * choose replicas by rack (`replica.selector.class`), and the group gives it partitions that have one there, as far as all
   * get as much; `roundrobin` does not look at racks. @default '' (nowhere)
   */
  readonly 'client.rack'?: string
  /** `read_committed` leaves out the records of aborted and open transactions. @default 'read_uncommitted' */
  readonly 'isolation.level'?: 'read_uncommitted' | 'read_committed'
  /** @default 300000 */
  readonly 'metadata.max.age.ms'?: number
  /** @default 1 */
  readonly 'fetch.min.bytes'?: number
  /** @default 500 */
  readonly 'fetch.max.wait.ms'?: number
  /** What one answer may bring, and about what is buffered in all; a partition has two equal shares of it whatever the others hold. @default 52428800 */
  readonly 'fetch.max.bytes'?: number
  /** @default 1048576 */
  readonly 'max.partition.fetch.bytes'?: number
  /** What one record batch may become when it is decompressed. @default 67108864 */
  readonly 'max.decompressed.bytes'?: number
  /** Checks each batch's CRC-32C. @default true */
  readonly 'check.crcs'?: boolean
  /**
   * Whether measurements of this client go to the brokers, if their operators have asked for them (KIP-714). They name
   * no key and no value. @default true
   */
  readonly 'enable.metrics.push'?: boolean
  /** An event, `end reached`, each time all of a partition is delivered, as librdkafka's property of this name. @default false */
  readonly 'enable.partition.eof'?: boolean
  /** @default 100 */
  readonly 'retry.backoff.ms'?: number
  /** @default 1000 */
  readonly 'retry.backoff.max.ms'?: number
  /** @default 30000 */
  readonly 'request.timeout.ms'?: number
  /** How long `commitSync` and `commitAsync` wait. @default 60000 */
  readonly 'default.api.timeout.ms'?: number
  /** For how long commits of a partition may fail, none of them stored, before the consumer stops with a `CommitFault`. @default 300000 */
  readonly 'commit.timeout.ms'?: number
  /**
   * For how long brokers, or the group's coordinator, may be tried in vain before the consumer ends with an
   * `UnreachableFault`. Until then each attempt is reported as `reconnecting` or `waiting`. @default null (never)
   */
  readonly 'unreachable.timeout.ms'?: number | null
  /** Records of a partition that may be delivered and not settled. @default 1000 */
  readonly maxInFlight?: number
  /**
   * Bytes of the batches, as they are once decompressed, of which records are delivered and not done with, of all partitions
   * together. A batch that would be more waits; a single one may be up to `max.decompressed.bytes` whatever this says.
   * @default 52428800 (50 MiB)
   */
  readonly maxInFlightBytes?: number
  /** Records from a partition's first unsettled one to the last delivered. @default 100000 */
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
  /** null where nothing is said: then the cluster says it (`heartbeatInterval`) */
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

/** kafkajs's names for the same things. */
const aliases = {
  groupId: 'group.id',
  topic: 'subscription',
  topics: 'subscription',
  fromBeginning: 'auto.offset.reset',
  autoCommit: 'enable.auto.commit',
  sessionTimeout: 'session.timeout.ms',
  rebalanceTimeout: 'max.poll.interval.ms',
  heartbeatInterval: 'heartbeat.interval.ms',
  maxWaitTimeInMs: 'fetch.max.wait.ms',
  minBytes: 'fetch.min.bytes',
  maxBytes: 'fetch.max.bytes',
  maxBytesPerPartition: 'max.partition.fetch.bytes',
  partitionAssigners: 'partition.assignment.strategy',
  rackId: 'client.rack'
}

/** Decodes a consumer's configuration; nothing is connected before it is right. */
export const decodeConsumerConfig = (input: unknown): Either<ConfigFault, ConsumerSettings> =>
  map(settingsOf)(
    decodeProperties(properties, input, (config) => [...check(config), ...checkGroupProtocol(config, input)], aliases)
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
    ...checkLess(config, 'session.timeout.ms', 'max.poll.interval.ms'),
    ...checkLess(config, 'drain.timeout.ms', 'max.poll.interval.ms'),
    ...checkLess(config, 'fetch.max.wait.ms', 'request.timeout.ms')
  )
  if (config['group.id'] === null && config.subscription._tag === 'Subscribed')
    problems.push({ property: 'group.id', given: 'left out', allowed: 'the name of a group: subscribe needs one' })
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

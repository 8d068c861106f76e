import { type Either, left, right } from 'fp-ts/lib/Either.js'
import { defer, NEVER, of, type SchedulerLike } from 'rxjs'
import type { Decompress } from '../../core/records/decompress.js'
import { crc32c } from '../../core/records/crc32c.js'
import { realClock } from '../../internal/real-clock.js'
import { schedulerClock } from '../../internal/scheduler-clock.js'
import { seededRandom } from '../../internal/seeded-random.js'
import { refuseWrong } from '../../model/check-arguments.js'
import type { Clock } from '../../model/clock.js'
import type { Committed } from '../../model/committed.js'
import type { Fault } from '../../model/fault.js'
import type { ProducerRecord } from '../../model/producer-record.js'
import type { TopicPartition } from '../../model/topic-partition.js'
import { administering } from '../../ports/administering.js'
import { creatingTopics } from '../../ports/creating-topics.js'
import type { Cluster } from '../../ports/cluster.js'
import type { NewTopic } from '../../ports/new-topic.js'
import type { KafkaCalls, ShareCalls, TransactionCalls } from '../../ports/kafka-calls.js'
import { openSession } from '../../engine/open-session.js'
import { openShareSession } from '../../engine/share/open-share-session.js'
import { openTransactions } from '../../engine/transactions/open-transactions.js'
import { openProducer } from '../../engine/producing/open-producer.js'
import { BrokerModel } from './broker-model.js'
import type { FaultOnDemand, FaultyApi } from './fault-on-demand.js'
import { checkMemoryCluster as check } from './check-memory-cluster.js'
import { DirectAppends } from './direct-appends.js'
import type { GroupDescription } from './group-description.js'
import { memoryAdmin } from './memory-admin.js'
import { memoryCalls } from './memory-calls.js'
import { memoryProduceCalls } from './memory-produce-calls.js'
import { memoryShareCalls } from './memory-share-calls.js'
import type { LoggedRecord } from './partition-log.js'
import { refuseTopic } from './refuse-topic.js'
import type { SharePartitionState } from './share-partition.js'

/** The initial topics of an embedded cluster, its clock, and its settings. */
export interface MemoryClusterOptions {
  /** The initial topics, with their numbers of partitions. @default none */
  readonly topics?: Readonly<Record<string, number>>
  /** Its time: an rxjs scheduler such as `VirtualTimeScheduler`, or a clock. @default real time */
  readonly time?: SchedulerLike | Clock
  /** Makes the jitter and the choice of partitions repeatable. @default 1 */
  readonly seed?: number
  /** The heartbeat interval of members under `group.protocol: 'consumer'`, in ms. @default 5000 */
  readonly 'group.consumer.heartbeat.interval.ms'?: number
  /** The session timeout of these members: without a heartbeat for this long, the group fences a member. @default 45000 */
  readonly 'group.consumer.session.timeout.ms'?: number
}

/** An embedded cluster, with controls for tests and demos. */
export interface MemoryCluster extends Cluster {
  /**
   * Creates a topic, or adds partitions to one. Only the settings that decide which records a topic accepts have an effect:
   * `cleanup.policy`, `message.timestamp.type`, `message.timestamp.before.max.ms`, `message.timestamp.after.max.ms`,
   * `max.message.bytes`.
   */
  createTopic(topic: string, partitions: number, config?: Readonly<Record<string, string>>): void
  /** Appends records at once, partitioned as a producer does. Returns their partitions and offsets. */
  produce(topic: string, ...records: readonly Omit<ProducerRecord, 'topic'>[]): readonly Committed[]
  /** Appends records in a transaction, and ends it at once. Its marker takes one offset in each partition. */
  produceTransaction(
    topic: string,
    end: 'commit' | 'abort',
    ...records: readonly Omit<ProducerRecord, 'topic'>[]
  ): readonly Committed[]
  /** The group's committed offset; null if there is none. */
  committed(groupId: string, partition: TopicPartition): bigint | null
  /** The number of partitions of a topic; 0 if there is no such topic. */
  partitionsOf(topic: string): number
  /** All records in the partition's log, without transaction markers. */
  records(partition: TopicPartition): readonly LoggedRecord[]
  /** The log start offset: that of the first record that was not deleted. */
  logStart(partition: TopicPartition): bigint
  /** The log end offset: that of the next record. */
  logEnd(partition: TopicPartition): bigint
  /** Deletes all records below the offset, as retention does. */
  deleteRecords(partition: TopicPartition, before: bigint): void
  /**
   * Another replica becomes the partition's leader. With `logEnd`, an unclean election: the log of the new leader ends there.
   */
  electLeader(partition: TopicPartition, logEnd?: bigint): void
  /** Compacts the log: only the last record of each key stays, and its offset does not change. */
  compact(partition: TopicPartition): void
  /** Deletes a topic, its records, and the committed offsets for it. A topic created later under the same name has another id. */
  deleteTopic(topic: string): void
  /** The coordinator's view of the group: state, generation, leader, members and their assignments. */
  describeGroup(groupId: string): GroupDescription
  /**
   * A share group's state of a partition: all records before `start` are acknowledged or archived, and records without a state
   * were never acquired. Null until a member has fetched from it.
   */
  sharePartition(groupId: string, partition: TopicPartition): SharePartitionState | null
  /**
   * Another broker becomes the group's coordinator. Pending requests, and the next request of each client, are
   * answered with NOT_COORDINATOR. For `loadingMs` after that (default 0) the new coordinator answers
   * COORDINATOR_LOAD_IN_PROGRESS, but accepts heartbeats. It reads the group from the log: offsets, and the members and
   * assignments of the last completed rebalance. A rebalance in progress is lost.
   */
  moveCoordinator(groupId: string, loadingMs?: number): void
  /**
   * Ends the member's session now, as after `session.timeout.ms` without a heartbeat. Has no effect while a JoinGroup or
   * SyncGroup of the member is pending, since such a member sends no heartbeats; a pending first JoinGroup does not count.
   */
  expireSession(groupId: string, memberId: string): void
  /**
   * Makes the next requests of this kind fail: with one of Kafka's error codes, as if the connection broke before they
   * arrived (`disconnect`), or after the broker had performed them (`answer lost`).
   */
  failNext(api: FaultyApi, fault: FaultOnDemand, times?: number): void
}

/**
 * A Kafka cluster of one node in memory: topics, Java's partitioning by key, groups with generations and rebalances,
 * committed offsets. For tests, demos and development; nothing is stored on disk.
 *
 * @example
 * const cluster = memoryCluster({ topics: { orders: 4 } })
 * cluster.produce('orders', { key: 'a', value: '{"id":"a"}' })
 */
export const memoryCluster = (options: MemoryClusterOptions = {}): MemoryCluster => {
  refuseWrong(check.options(options))
  const { topics = {}, time, seed = 1 } = options
  const clock = time === undefined ? realClock : 'turn' in time ? time : schedulerClock(time)
  const model = new BrokerModel(clock, {
    heartbeatIntervalMs: options['group.consumer.heartbeat.interval.ms'] ?? 5_000,
    sessionTimeoutMs: options['group.consumer.session.timeout.ms'] ?? 45_000
  })
  for (const [topic, partitions] of Object.entries(topics)) model.createTopic(topic, partitions)
  return clusterOf(model, { clock, random: seededRandom(seed), calls: () => memoryCalls(model) })
}

/** The connection of one process to the model. */
export interface MemoryDoor {
  /** the clock of the process */
  readonly clock: Clock
  readonly random: () => number
  /** opens a connection for a consumer */
  readonly calls: () => KafkaCalls
  /** opens a connection for a producer, transactional or not. @default the model's own */
  readonly produceCalls?: () => TransactionCalls
  /** opens a connection for a share group's member. @default the model's own */
  readonly shareCalls?: () => ShareCalls
}

/** A model as a cluster, connected for one process. */
export const clusterOf = (
  model: BrokerModel,
  {
    clock,
    random,
    calls,
    produceCalls = () => memoryProduceCalls(model),
    shareCalls = () => memoryShareCalls(model)
  }: MemoryDoor
): MemoryCluster => {
  return {
    _tag: 'Cluster',
    clock,
    random,
    // Nothing to report: there are no connections.
    events: NEVER,
    openConsumer: (settings, handlers) =>
      openSession({
        calls: calls(),
        clock,
        random,
        settings,
        handlers,
        decompress: neverCompressed,
        checksum: crc32c
      }),
    openShareConsumer: (settings, handlers) =>
      openShareSession({
        calls: shareCalls(),
        clock,
        random,
        settings,
        handlers,
        decompress: neverCompressed,
        checksum: crc32c
      }),
    // The model's logs are never compressed.
    openProducer: (settings) =>
      openProducer({ calls: produceCalls(), clock, random, settings, compressor: null, checksum: crc32c }),
    openTransactions: (settings, transactions) =>
      openTransactions({
        calls: produceCalls(),
        clock,
        random,
        settings,
        compressor: null,
        checksum: crc32c,
        ...transactions
      }),
    ...creatingTopics((topics) => defer(() => of(createAll(model, topics)))),
    ...administering(() => memoryAdmin(model)),
    ...logControls(model, new DirectAppends(model, clock, random)),
    ...groupControls(model)
  }
}

type GroupControl = 'committed' | 'sharePartition' | 'describeGroup' | 'moveCoordinator' | 'expireSession' | 'failNext'

/** The controls of topics and their logs for tests. */
const logControls = (
  model: BrokerModel,
  appends: DirectAppends
): Omit<MemoryCluster, keyof Cluster | GroupControl> => ({
  createTopic: (topic, partitions, config) => {
    refuseWrong(check.createTopic(topic, partitions, config))
    model.createTopic(topic, partitions, config)
  },
  deleteTopic: (topic) => {
    refuseWrong(check.topic('deleteTopic', topic))
    model.deleteTopic(topic)
  },
  produce: (topic, ...records) => {
    refuseWrong(check.topic('produce', topic))
    return appends.append(topic, records)
  },
  produceTransaction: (topic, end, ...records) => {
    refuseWrong(check.topic('produceTransaction', topic), check.end(end))
    const producerId = model.newProducerId()
    const written = appends.append(topic, records, producerId)
    for (let partition = 0; partition < model.partitionsOf(topic); partition++)
      model.endTransaction({ topic, partition }, producerId, end)
    return written
  },
  partitionsOf: (topic) => {
    refuseWrong(check.topic('partitionsOf', topic))
    return model.partitionsOf(topic)
  },
  records: (partition) => {
    refuseWrong(check.place('records', partition))
    return model.log(partition)?.records() ?? []
  },
  logStart: (partition) => {
    refuseWrong(check.place('logStart', partition))
    return model.log(partition)?.logStart ?? 0n
  },
  logEnd: (partition) => {
    refuseWrong(check.place('logEnd', partition))
    return model.log(partition)?.logEnd ?? 0n
  },
  deleteRecords: (partition, before) => {
    refuseWrong(check.place('deleteRecords', partition), check.before(before))
    model.log(partition)?.deleteBefore(before)
  },
  electLeader: (partition, logEnd) => {
    refuseWrong(check.place('electLeader', partition), check.logEnd(logEnd))
    model.electLeader(partition, logEnd)
  },
  compact: (partition) => {
    refuseWrong(check.place('compact', partition))
    model.log(partition)?.compact()
  }
})

/** The controls of groups and requests for tests. */
const groupControls = (model: BrokerModel): Pick<MemoryCluster, GroupControl> => ({
  committed: (groupId, partition) => {
    refuseWrong(check.group('committed', groupId), check.place('committed', partition))
    return model.storedOffset(groupId, partition)?.offset ?? null
  },
  sharePartition: (groupId, partition) => {
    refuseWrong(check.group('sharePartition', groupId), check.place('sharePartition', partition))
    return model.shares(groupId).group.stateOf(partition)
  },
  describeGroup: (groupId) => {
    refuseWrong(check.group('describeGroup', groupId))
    return model.describeGroup(groupId)
  },
  moveCoordinator: (groupId, loadingMs = 0) => {
    refuseWrong(check.group('moveCoordinator', groupId), check.loading(loadingMs))
    model.consumers(groupId).move(loadingMs)
  },
  expireSession: (groupId, memberId) => {
    refuseWrong(check.group('expireSession', groupId), check.member(memberId))
    model.consumers(groupId).expireSession(memberId)
    model.shares(groupId).coordinator.expireSession(memberId)
  },
  failNext: (api, fault, times = 1) => {
    refuseWrong(check.failNext(api, fault, times))
    model.failNext(api, fault, times)
  }
})

/** The model's logs are never compressed. */
const neverCompressed: Decompress = (codec) => left({ _tag: 'corrupt', reason: `a batch compressed with ${codec}` })

/** Creates topics as a controller does: valid ones even if others in the request are refused. */
const createAll = (model: BrokerModel, topics: readonly NewTopic[]): Either<Fault, void> => {
  const refused = topics.map(refuseTopic)
  for (const [at, { topic, partitions, config }] of topics.entries()) {
    if (refused[at] === null && model.partitionsOf(topic) === 0) model.createTopic(topic, partitions, config)
  }
  const fault = refused.find((one) => one !== null)
  return fault === undefined ? right(undefined) : left(fault)
}

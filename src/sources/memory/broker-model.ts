import { errorCode } from '../../core/protocol/error-code.js'
import { bareAnswer, type BatchAnswer } from '../../core/producing/batch-answer.js'
import type { ProducerIdentity } from '../../core/producing/producer-batch.js'
import type { RecordToEncode } from '../../core/records/encode-batch.js'
import type { Clock } from '../../model/clock.js'
import { keyOf, type TopicPartition } from '../../model/topic-partition.js'
import type { ErrorCode, GroupMember, TransactionsOf } from '../../ports/kafka-calls.js'
import type { ConsumerGroupRules, CoordinatedTopic } from './consumer-group.js'
import type { FaultOnDemand, FaultyApi } from './fault-on-demand.js'
import { FetchSessions } from './fetch-sessions.js'
import type { GroupCoordinator } from './group-coordinator.js'
import type { GroupDescription } from './group-description.js'
import { type CommittedEntry, GroupOffsets } from './group-offsets.js'
import { groupRules } from './group-rules.js'
import { MemoryGroup } from './memory-group.js'
import { PartitionLog } from './partition-log.js'
import { type ChangedLock, ShareGroup } from './share-group.js'
import { ShareGroupCoordinator } from './share-group-coordinator.js'
import { type TopicRules, topicRules } from './topic-rules.js'
import { TransactionCoordinator } from './transaction-coordinator.js'

interface Topic {
  readonly id: string
  /** as given, by Kafka's names */
  readonly config: Readonly<Record<string, string>>
  readonly rules: TopicRules
  readonly logs: readonly PartitionLog[]
}

interface Group {
  readonly consumers: MemoryGroup
  readonly offsets: GroupOffsets
  readonly shares: ModelledShares
  config: Readonly<Record<string, string>>
}

/** A group as a share group: its members, and their share partitions and sessions. */
export interface ModelledShares {
  readonly coordinator: ShareGroupCoordinator
  readonly group: ShareGroup
}

/** A Kafka cluster of one node, without sockets or wire format: topics with their logs, groups with their offsets. */
export class BrokerModel {
  readonly clock: Clock
  readonly fetchSessions: FetchSessions
  readonly transactions: TransactionCoordinator
  /** Called for each change of a share group's lock. */
  onLockChange: ((lock: ChangedLock) => void) | null = null
  private readonly consumerGroups: ConsumerGroupRules
  private readonly known = new Map<string, Topic>()
  private readonly groups = new Map<string, Group>()
  private readonly appended = new Set<() => void>()
  /** by the kind of request, and the partition if it fails for that only */
  private readonly faults = new Map<string, FaultOnDemand[]>()
  private topicNumber = 0
  private memberNumber = 0
  private producerNumber = 0n

  constructor(
    clock: Clock,
    consumerGroups: ConsumerGroupRules = { heartbeatIntervalMs: 5_000, sessionTimeoutMs: 45_000 }
  ) {
    this.clock = clock
    this.consumerGroups = consumerGroups
    this.fetchSessions = new FetchSessions(clock)
    this.transactions = new TransactionCoordinator(clock, {
      newProducerId: () => this.newProducerId(),
      mark: (place, producer, end) => {
        this.log(place)?.mark(producer, end, clock.wallTime())
        this.wake()
      },
      endOffsets: (groupId, producerId, end) => {
        this.offsets(groupId).ended(producerId, end)
      }
    })
  }

  get topics(): readonly string[] {
    return [...this.known.keys()]
  }

  /** Creates the topic, or adds partitions to it, which get the topic's configuration. Never removes partitions. */
  createTopic(topic: string, partitions: number, config: Readonly<Record<string, string>> = {}): void {
    const former = this.known.get(topic)
    const logs = former?.logs ?? []
    const kept = former?.config ?? config
    const rules = former?.rules ?? topicRules(config)
    const newLog = (_: unknown, index: number): PartitionLog =>
      new PartitionLog({ name: `${topic}-${String(logs.length + index)}`, rules })
    const added = Array.from({ length: Math.max(0, partitions - logs.length) }, newLog)
    this.known.set(topic, { id: former?.id ?? this.newTopicId(), config: kept, rules, logs: [...logs, ...added] })
    this.wake()
  }

  /** The topic's configuration; null if there is no such topic. */
  configOf(topic: string): Readonly<Record<string, string>> | null {
    return this.known.get(topic)?.config ?? null
  }

  /** Changes the configuration for later records. */
  configure(topic: string, config: Readonly<Record<string, string>>): void {
    const known = this.known.get(topic)
    if (known === undefined) return
    const rules = topicRules(config)
    for (const log of known.logs) log.configure(rules)
    this.known.set(topic, { ...known, config, rules })
  }

  deleteTopic(topic: string): void {
    this.known.delete(topic)
    for (const { offsets } of this.groups.values()) offsets.forget(topic)
    this.wake()
  }

  /** The topic's ID, which a later topic of the same name does not get; null if there is no such topic. */
  idOf(topic: string): string | null {
    return this.known.get(topic)?.id ?? null
  }

  partitionsOf(topic: string): number {
    return this.known.get(topic)?.logs.length ?? 0
  }

  log({ topic, partition }: TopicPartition): PartitionLog | undefined {
    return this.known.get(topic)?.logs[partition]
  }

  append(place: TopicPartition, records: readonly RecordToEncode[], producerId?: bigint): bigint | undefined {
    const base = this.log(place)?.append(records, producerId)
    this.wake()
    return base
  }

  /** Appends a batch as sent by a producer, within a transaction or not. */
  appendBatch(place: TopicPartition, bytes: Uint8Array, transaction: TransactionsOf | null = null): BatchAnswer {
    const admits = (producer: ProducerIdentity): number =>
      transaction === null
        ? errorCode.INVALID_TXN_STATE
        : this.transactions.admits({ ...transaction, ...producer }, place)
    const unknown = bareAnswer(errorCode.UNKNOWN_TOPIC_OR_PARTITION)
    const result = this.log(place)?.appendBatch(bytes, admits, this.clock.wallTime()) ?? unknown
    this.wake()
    return result
  }

  newProducerId(): bigint {
    return ++this.producerNumber
  }

  endTransaction(place: TopicPartition, producerId: bigint, end: 'commit' | 'abort'): void {
    this.log(place)?.endTransaction(producerId, end, this.clock.wallTime())
    this.wake()
  }

  electLeader(place: TopicPartition, logEnd?: bigint): void {
    const log = this.log(place)
    log?.electLeader(logEnd ?? log.logEnd)
    for (const { shares } of this.groups.values()) shares.group.leaderChanged(place)
    this.wake()
  }

  /** Calls `run` whenever a record is appended to any log, and when a topic is created or deleted. */
  onAppend(run: () => void): () => void {
    this.appended.add(run)
    return () => {
      this.appended.delete(run)
    }
  }

  /** Groups that have or had members, or have committed offsets. */
  get groupIds(): readonly string[] {
    return [...this.groups].flatMap(([groupId, { consumers, offsets, shares }]) =>
      consumers.isUnused && !shares.coordinator.wasUsed && offsets.size === 0 ? [] : [groupId]
    )
  }

  /** The group as a share group. */
  shares(groupId: string): ModelledShares {
    return this.group(groupId).shares
  }

  /** The group's configuration. */
  groupConfig(groupId: string): Readonly<Record<string, string>> {
    return this.groups.get(groupId)?.config ?? {}
  }

  configureGroup(groupId: string, config: Readonly<Record<string, string>>): void {
    this.group(groupId).config = config
  }

  deleteGroup(groupId: string): void {
    this.groups.delete(groupId)
  }

  /** The classic coordinator of the group. */
  coordinator(groupId: string): GroupCoordinator {
    return this.group(groupId).consumers.classic
  }

  /** The group of consumers, of whichever protocol. */
  consumers(groupId: string): MemoryGroup {
    return this.group(groupId).consumers
  }

  /** Describes the group by the protocol of its members. */
  describeGroup(groupId: string): GroupDescription {
    return this.consumers(groupId).describe()
  }

  /** Whether the group accepts a commit of this member. */
  mayCommit(request: GroupMember): ErrorCode {
    return this.consumers(request.groupId).mayCommit(request)
  }

  offsets(groupId: string): GroupOffsets {
    return this.group(groupId).offsets
  }

  storedOffset(groupId: string, place: TopicPartition): CommittedEntry | undefined {
    return this.groups.get(groupId)?.offsets.of(place)
  }

  /** The next requests of this kind fail, as often as given; for one partition of a share session if it is named. */
  failNext(api: FaultyApi, fault: FaultOnDemand, times: number, of: TopicPartition | null = null): void {
    const queue = this.faults.get(faultKey(api, of)) ?? []
    for (let left = times; left > 0; left--) queue.push(fault)
    this.faults.set(faultKey(api, of), queue)
  }

  takeFault(api: FaultyApi, of: TopicPartition | null = null): FaultOnDemand | undefined {
    return this.faults.get(faultKey(api, of))?.shift()
  }

  private group(groupId: string): Group {
    const known = this.groups.get(groupId)
    if (known !== undefined) return known
    const newMemberId = (): string => `member-${String(++this.memberNumber)}`
    const group = {
      consumers: new MemoryGroup(groupId, {
        clock: this.clock,
        rules: groupRules('consumer', this.consumerGroups, () => this.groupConfig(groupId)),
        topics: () => this.coordinatedTopics(),
        newMemberId
      }),
      offsets: new GroupOffsets(),
      shares: this.newShares(groupId),
      config: {}
    }
    this.groups.set(groupId, group)
    return group
  }

  private newShares(groupId: string): ModelledShares {
    const group = new ShareGroup({
      clock: this.clock,
      topics: () => [...this.known].map(([topic, { id, logs }]) => ({ topic, topicId: id, logs })),
      config: () => this.groupConfig(groupId),
      wake: () => {
        this.wake()
      },
      onLockChange: () => this.onLockChange,
      takeFault: (api, of) => this.takeFault(api, of)
    })
    const coordinator = new ShareGroupCoordinator({
      clock: this.clock,
      rules: groupRules('share', this.consumerGroups, () => this.groupConfig(groupId)),
      topics: () => this.coordinatedTopics(),
      gone: (memberId) => {
        group.memberGone(memberId)
      }
    })
    return { coordinator, group }
  }

  private coordinatedTopics(): readonly CoordinatedTopic[] {
    return [...this.known].map(([topic, { id, logs }]) => ({ topic, topicId: id, partitions: logs.length }))
  }

  /** 16 bytes in base64, Kafka's notation. */
  private newTopicId(): string {
    return `${String(++this.topicNumber).padStart(21, '0')}A`
  }

  private wake(): void {
    for (const run of [...this.appended]) run()
  }
}

const faultKey = (api: FaultyApi, of: TopicPartition | null): string => (of === null ? api : `${api} ${keyOf(of)}`)

import { idKeyOf, type TopicIdPartition } from '../../core/group/consumer-protocol/topic-id-partition.js'
import { errorCode as code } from '../../core/protocol/error-code.js'
import { type ListedSharePartition, sessionEpoch } from '../../core/share/share-messages.js'
import type { Clock } from '../../model/clock.js'
import type { TopicPartition } from '../../model/topic-partition.js'
import type {
  ErrorCode,
  ShareAcknowledgeResponse,
  ShareFetchRequest,
  ShareFetchResponse
} from '../../ports/kafka-calls.js'
import type { FaultOnDemand } from './fault-on-demand.js'
import { LockExpiry } from './lock-expiry.js'
import type { PartitionLog } from './partition-log.js'
import {
  type HeldLock,
  type LockChange,
  SharePartition,
  type SharePartitionRules,
  type SharePartitionState
} from './share-partition.js'

/** A topic by ID. */
export interface IdentifiedLogs {
  readonly topic: string
  readonly topicId: string
  readonly logs: readonly PartitionLog[]
}

interface Session {
  epoch: number
  readonly partitions: Map<string, TopicIdPartition>
}

/** A change to the lock of a record. */
export interface ChangedLock extends TopicPartition {
  readonly offset: bigint
  readonly memberId: string | null
  readonly change: LockChange
}

/** The share group's context in the model. */
export interface ShareGroupHost {
  readonly clock: Clock
  readonly topics: () => readonly IdentifiedLogs[]
  /** the group's configuration */
  readonly config: () => Readonly<Record<string, string>>
  /** Called when records have become available again. */
  readonly wake: () => void
  /** the observer of locks; null if there is none */
  readonly onLockChange?: () => ((lock: ChangedLock) => void) | null
  /** The fault that a test has ordered for this partition of the next request; undefined if there is none. */
  readonly takeFault?: (api: 'ShareFetch' | 'ShareAcknowledge', of: TopicPartition) => FaultOnDemand | undefined
}

/** Partitions of a request that fail, and with which code. */
export type FailingPartitions = ReadonlyMap<string, ErrorCode>

/**
 * The share partitions of a group and the share sessions of its members on the model's only broker: Kafka's
 * `SharePartitionManager`.
 */
export class ShareGroup {
  private readonly host: ShareGroupHost
  private readonly partitions = new Map<string, SharePartition>()
  private readonly sessions = new Map<string, Session>()
  private readonly expiry: LockExpiry

  constructor(host: ShareGroupHost) {
    const { clock, wake } = host
    this.host = host
    this.expiry = new LockExpiry({ clock, wake, partitions: () => this.partitions.values() })
  }

  /** The state of the partition; null before the first fetch of it. */
  stateOf(place: TopicPartition): SharePartitionState | null {
    const known = this.partitionOf(place)
    return known === undefined ? null : { start: known.start, records: known.records }
  }

  /** The records of the partition that are locked. */
  locksOf(place: TopicPartition): readonly HeldLock[] {
    return this.partitionOf(place)?.locks ?? []
  }

  /** The offset and lag of each partition that the group has fetched, or that was set. */
  get offsets(): readonly (TopicPartition & { readonly offset: bigint; readonly lag: bigint })[] {
    return this.host.topics().flatMap(({ topic, topicId, logs }) =>
      logs.flatMap((_, partition) => {
        const known = this.partitions.get(idKeyOf({ topicId, partition }))
        return known === undefined ? [] : [{ topic, partition, offset: known.start, lag: known.lag }]
      })
    )
  }

  /** The partition begins again at the offset; false if there is no such partition. */
  setOffset({ topic, partition }: TopicPartition, offset: bigint): boolean {
    const { topicId, logs } = this.named(topic) ?? {}
    const log = logs?.[partition]
    if (topicId === undefined || log === undefined) return false
    this.make({ topicId, partition }, log, offset)
    this.expiry.unlocked()
    return true
  }

  /** Forgets the topic's offsets, as if the group were new; false if it has none. */
  forget(topic: string): boolean {
    const { topicId, logs = [] } = this.named(topic) ?? {}
    const keys = topicId === undefined ? [] : logs.map((_, partition) => idKeyOf({ topicId, partition }))
    const isForgotten = keys.filter((key) => this.partitions.delete(key)).length > 0
    this.expiry.unlocked()
    return isForgotten
  }

  /** Another broker leads the partition: its locks are lost, since they are not replicated. */
  leaderChanged(place: TopicPartition): void {
    this.partitionOf(place)?.release(() => true)
    this.expiry.unlocked()
  }

  /** The member has left, was removed, or its connection broke. */
  memberGone(memberId: string): void {
    this.sessions.delete(memberId)
    let some = false
    for (const partition of this.partitions.values())
      if (partition.release((record) => record.memberId === memberId)) some = true
    this.expiry.unlocked()
    if (some) this.host.wake()
  }

  /** Continues the session; returns the code if the request is refused. */
  step(
    { memberId, sessionEpoch: epoch }: ShareFetchRequest | { readonly memberId: string; readonly sessionEpoch: number },
    acknowledges: boolean
  ): ErrorCode {
    if (epoch === sessionEpoch.open) {
      if (acknowledges) return code.INVALID_REQUEST
      this.sessions.set(memberId, { epoch: 1, partitions: new Map() })
      return code.NONE
    }
    const session = this.sessions.get(memberId)
    if (session === undefined) return code.SHARE_SESSION_NOT_FOUND
    if (epoch === sessionEpoch.close) return code.NONE
    if (epoch !== session.epoch) return code.INVALID_SHARE_SESSION_EPOCH
    session.epoch++
    return code.NONE
  }

  /** Changes the session's partitions as requested. */
  list({ memberId, partitions, forgotten }: ShareFetchRequest): void {
    const session = this.sessions.get(memberId)
    for (const { topicId, partition } of partitions)
      session?.partitions.set(idKeyOf({ topicId, partition }), { topicId, partition })
    for (const place of forgotten) session?.partitions.delete(idKeyOf(place))
  }

  /** The partitions of the member's session for which a test has this request fail. */
  failing(api: 'ShareFetch' | 'ShareAcknowledge', places: Iterable<TopicIdPartition>): FailingPartitions {
    const failing = new Map<string, ErrorCode>()
    for (const place of places) {
      const topic = this.withId(place.topicId)?.topic
      const fault = topic === undefined ? undefined : this.host.takeFault?.(api, { topic, partition: place.partition })
      if (typeof fault === 'number') failing.set(idKeyOf(place), fault)
    }
    return failing
  }

  /** The partitions of a member's session. */
  listedBy(memberId: string): Iterable<TopicIdPartition> {
    return this.sessions.get(memberId)?.partitions.values() ?? []
  }

  /** The codes of the acknowledgements by partition. */
  acknowledge(
    memberId: string,
    listed: readonly ListedSharePartition[],
    failing: FailingPartitions = nobody
  ): ShareAcknowledgeResponse['partitions'] {
    const now = this.host.clock.now()
    const answers = listed.map(({ topicId, partition, acknowledgements }) => {
      const place = { topicId, partition }
      const fault = failing.get(idKeyOf(place))
      if (fault !== undefined) return { ...place, code: fault, currentLeader: null }
      const known = this.partitions.get(idKeyOf(place))
      const isThere = this.logOf(place) !== undefined
      const given = !isThere
        ? code.UNKNOWN_TOPIC_ID
        : (known?.acknowledge(memberId, acknowledgements, now) ?? code.INVALID_RECORD_STATE)
      return { ...place, code: given, currentLeader: null }
    })
    // Renewed locks may have a shorter duration than before.
    this.expiry.lockedUntil(now + this.lockMs)
    this.expiry.unlocked()
    if (answers.length > 0) this.host.wake()
    return answers
  }

  /** Acquires records from the partitions of the member's session. */
  acquire(request: ShareFetchRequest, failing: FailingPartitions = nobody): ShareFetchResponse['partitions'] {
    const session = this.sessions.get(request.memberId)
    let left = request.maxRecords
    return [...(session?.partitions.values() ?? [])].flatMap((place): ShareFetchResponse['partitions'] => {
      const nothing = {
        ...place,
        code: code.NONE,
        acknowledgeCode: code.NONE,
        currentLeader: null,
        records: none,
        acquired: []
      }
      const fault = failing.get(idKeyOf(place))
      if (fault !== undefined) return [{ ...nothing, code: fault }]
      const log = this.logOf(place)
      if (log === undefined) return [{ ...nothing, code: code.UNKNOWN_TOPIC_ID }]
      if (left <= 0) return []
      const acquired = this.partition(place, log).acquire({
        memberId: request.memberId,
        maxRecords: left,
        wholeBatches: request.acquireMode === 'batch_optimized',
        now: this.host.clock.now()
      })
      const [first] = acquired
      const last = acquired.at(-1)
      if (first === undefined || last === undefined) return []
      for (const { firstOffset, lastOffset } of acquired) left -= Number(lastOffset - firstOffset) + 1
      this.expiry.lockedUntil(this.host.clock.now() + this.lockMs)
      return [{ ...nothing, acquired, records: log.read(first.firstOffset, Infinity, last.lastOffset + 1n).bytes }]
    })
  }

  get lockMs(): number {
    return this.rules().lockMs
  }

  private partition(place: TopicIdPartition, log: PartitionLog): SharePartition {
    const known = this.partitions.get(idKeyOf(place))
    if (known !== undefined) return known
    const isEarliest = this.host.config()['share.auto.offset.reset'] === 'earliest'
    return this.make(place, log, isEarliest ? log.logStart : log.logEnd)
  }

  /** One that the group has fetched, or that was set. */
  private named(topic: string): IdentifiedLogs | undefined {
    return this.host.topics().find((one) => one.topic === topic)
  }

  private withId(topicId: string): IdentifiedLogs | undefined {
    return this.host.topics().find((one) => one.topicId === topicId)
  }

  private partitionOf({ topic, partition }: TopicPartition): SharePartition | undefined {
    const topicId = this.named(topic)?.topicId
    return topicId === undefined ? undefined : this.partitions.get(idKeyOf({ topicId, partition }))
  }

  private make(place: TopicIdPartition, log: PartitionLog, first: bigint): SharePartition {
    const { partition, topicId } = place
    const rules = (): SharePartitionRules => this.rules()
    const made = new SharePartition(log, first, rules, (offset, memberId, change) => {
      const listener = this.host.onLockChange?.() ?? null
      if (listener === null) return
      const topic = this.withId(topicId)?.topic
      if (topic !== undefined) listener({ topic, partition, offset, memberId, change })
    })
    this.partitions.set(idKeyOf(place), made)
    return made
  }

  private logOf({ topicId, partition }: TopicIdPartition): PartitionLog | undefined {
    return this.withId(topicId)?.logs[partition]
  }

  private rules(): SharePartitionRules {
    const config = this.host.config()
    const number = (name: string, otherwise: number): number => Number(config[name] ?? otherwise)
    return {
      lockMs: number('share.record.lock.duration.ms', 30_000),
      deliveryLimit: number('share.delivery.count.limit', 5),
      maxLocks: number('share.partition.max.record.locks', 2_000),
      renews: config['share.renew.acknowledge.enable'] !== 'false',
      isolation: config['share.isolation.level'] === 'read_committed' ? 'read_committed' : 'read_uncommitted'
    }
  }
}

const nobody: FailingPartitions = new Map()
const none: Uint8Array = new Uint8Array(0)

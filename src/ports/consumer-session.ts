import type { FetchedRecords } from '../core/fetching/fetch-effects.js'
import type { Backlog } from '../core/fetching/fetch-pacing.js'
import type { Committed } from '../model/committed.js'
import type { ConsumerEvent } from '../model/consumer-event.js'
import type { Fault } from '../model/fault.js'
import type { GroupMember } from '../model/group-member.js'
import type { RebalanceSummary } from '../model/rebalance-event.js'
import type { TopicPartition } from '../model/topic-partition.js'
import type { Parts, Step } from './step.js'

export type { FetchedRecords } from '../core/fetching/fetch-effects.js'

/** A committed offset of the group. */
export interface CommittedOffset extends TopicPartition {
  /** null if nothing is committed */
  readonly offset: bigint | null
  readonly leaderEpoch: number
  readonly metadata: string
}

/** A found offset, and the epoch of the leader that wrote there; -1 if it is not known. */
export interface LocatedOffset extends Committed {
  readonly leaderEpoch: number
}

/** An offset to commit. */
export interface OffsetToSend extends Committed {
  readonly leaderEpoch: number
  readonly metadata: string
}

/** The result of a commit for one partition. */
export interface OffsetCommitResult extends Committed {
  /** `committed`; `retry`: it may succeed later under the same assignment; `dropped`: this member may not commit it any more. */
  readonly outcome: 'committed' | 'retry' | 'dropped'
  /** null if stored */
  readonly fault: Fault | null
}

/** A lookup of an offset. A timestamp finds the first record at or after it; if there is none the end, with `orNone` -1. */
export interface OffsetLookup extends TopicPartition {
  readonly at: 'earliest' | 'latest' | { readonly timestamp: number; readonly orNone?: boolean }
}

/**
 * Receives the reports of a session. Calls are serial and never come from within a call to the session. For one partition:
 * assigned, (records | refused | outOfRange | truncated)*, then exactly one of revoking and lost, or the end of the session;
 * revoking may be followed by lost.
 */
export interface ConsumerSessionHandlers {
  /** The member has joined (again). It reads `gained` from now on, and continues with `kept` as before. */
  assigned(
    generation: number,
    gained: readonly TopicPartition[],
    kept: readonly TopicPartition[],
    rebalance: RebalanceSummary | null
  ): void
  /**
   * The group revokes these partitions, or they are not chosen any more: finish, commit, and answer with `release`. `deadline`
   * is in the clock's time; heartbeats continue meanwhile, and the group still accepts commits.
   */
  revoking(partitions: readonly TopicPartition[], deadline: number): void
  /** The member has lost these partitions; nothing of them can be committed. */
  lost(partitions: readonly TopicPartition[], fault: Fault): void
  records(fetched: FetchedRecords): void
  /** The fetched records that the consumer still holds. A query, which may come from within a call. */
  backlog(): Backlog
  /** The position is below the log's start or beyond its end. Fetching of the partition stops until `fetchFrom`. */
  outOfRange(partition: TopicPartition, cursor: number, offset: bigint): void
  /**
   * An unclean election has cut the log: records that were read from `endOffset` on are not in it any more. null if even that
   * is unknown. Fetching of the partition stops until `fetchFrom`.
   */
  truncated(partition: TopicPartition, cursor: number, endOffset: bigint | null): void
  /**
   * The topic was deleted and recreated: positions and committed offsets of the old one are meaningless in the new one.
   * Fetching of the topic, or of this partition, stops until `fetchFrom`; null means all partitions.
   */
  recreated(topic: string, partition: number | null): void
  /** The partition cannot be fetched, permanently. Fetching stops until `fetchFrom`. */
  refused(partition: TopicPartition, cursor: number, fault: Fault): void
  event(event: ConsumerEvent): void
  /** Fatal: the session has ended, all assigned partitions are lost, and no other call follows. */
  fault(fault: Fault): void
}

/** Whether the answer about a partition still matters. A look-up does not repeat its question otherwise. */
export type IsAwaited = (partition: TopicPartition) => boolean

/**
 * One membership in a group (or, under `assign`, one reader of chosen partitions), from joining to leaving.
 *
 * It joins by itself and continues until it is closed, while connections, coordinators and leaders change. Plain calls take
 * effect at once and are never awaited. Steps may be used at any time, and end with a `ClosedFault` once the session is closed.
 */
export interface ConsumerSession {
  /**
   * The committed offsets of the group; under `assign` without a group ID there are none. Retries temporary failures, and
   * reports them, as long as the partition is awaited.
   */
  committed(partitions: readonly TopicPartition[], isAwaited?: IsAwaited): Parts<CommittedOffset>
  /** Retries temporary failures, and reports them, as long as the partition is awaited. */
  listOffsets(queries: readonly OffsetLookup[], isAwaited?: IsAwaited): Parts<LocatedOffset>
  /** Reads from `offset`: from then on only records with this `cursor` count. */
  fetchFrom(partition: TopicPartition, cursor: number, offset: bigint, leaderEpoch: number): void
  /**
   * The partition's share: the bytes that may be requested regardless of the others. While there is room, up to
   * `max.partition.fetch.bytes` may be. 0, the initial value, requests none.
   */
  demand(partition: TopicPartition, bytes: number): void
  /** Records of the backlog were delivered or dropped: partitions that wait for room may be requested. */
  delivered(): void
  /** Answers `revoking` for some or all of its partitions; their reading ends. */
  release(partitions: readonly TopicPartition[]): void
  /**
   * One attempt to commit, as soon as the group accepts commits. Commits take effect in the order of the calls.
   *
   * @param isCurrent called for each offset when it is sent: an offset that is no longer current, such as one from before a seek, is left out, also in the answer
   */
  commit(
    offsets: readonly OffsetToSend[],
    isCurrent?: (offset: OffsetToSend) => boolean
  ): Step<readonly OffsetCommitResult[]>
  /**
   * Leaves the group until `resume`: these partitions are released at once; the others are revoked, drained and released first.
   */
  suspend(stalled: readonly TopicPartition[]): void
  /** Joins again. */
  resume(): void
  /**
   * The settings have another subscription: requests an assignment for it from the group; under `assign` assigns its
   * partitions.
   */
  resubscribed(): void
  /** Whether the partition was created after the session began, so that none of its records was skipped. */
  isNew(partition: TopicPartition): boolean
  /** The identity for commits at the moment, whose generation ends with the next rebalance; null while it is not in a group. */
  readonly member: GroupMember | null
  /** Whether the member is between two generations of its group. */
  readonly isRebalancing: boolean
  /** Why the partition cannot be fetched at the moment: its broker is down, or it has no leader. Null if nothing is wrong. */
  troubleOf(partition: TopicPartition): Fault | null
  /**
   * Leaves the group and closes; the handlers are not called any more. Takes limited time and never fails; unsubscribing ends
   * it at once. Without `tellGroup` the group waits for the end of the member's session, or the return of a static member.
   */
  leave(tellGroup: boolean): Step<void>
}

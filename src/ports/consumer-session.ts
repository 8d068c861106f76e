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

/** What a group has stored for a partition. */
export interface CommittedOffset extends TopicPartition {
  /** null where nothing is stored */
  readonly offset: bigint | null
  readonly leaderEpoch: number
  readonly metadata: string
}

/** An offset to be stored. */
export interface OffsetToStore extends Committed {
  readonly leaderEpoch: number
  readonly metadata: string
}

/** What became of one partition of a commit. */
export interface StoreResult extends Committed {
  /**
   * `stored`; `retry`: it may succeed later, under the same assignment; `dropped`: this member may not commit it any more.
   */
  readonly outcome: 'stored' | 'retry' | 'dropped'
  /** set unless stored */
  readonly fault: Fault | null
}

/**
 * Which offset of a partition is looked for; a timestamp looks for the first record at or after it, and gives the end if there
 * is none, -1 with `orNone`.
 */
export interface OffsetLookup extends TopicPartition {
  readonly at: 'earliest' | 'latest' | { readonly timestamp: number; readonly orNone?: boolean }
}

/**
 * What a session tells its consumer. Calls are serial and never come from inside a call to the session.
 * For one partition: assigned, (records | refused | outOfRange | truncated)*, then exactly one of revoking and lost, or the end
 * of the session; revoking may still be followed by lost.
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
   * The group wants these partitions back, or they are not chosen any more: finish, commit, and answer with `release`.
   * `deadline` is in the clock's time; heartbeats continue meanwhile, and the group still accepts commits.
   */
  revoking(partitions: readonly TopicPartition[], deadline: number): void
  /** These partitions are not this member's any more; nothing of them can be committed. */
  lost(partitions: readonly TopicPartition[], fault: Fault): void
  records(fetched: FetchedRecords): void
  /** What it holds of `records`. A question, which may come from inside a call. */
  backlog(): Backlog
  /** The position is below the log's start or beyond its end. Fetching of the partition stops until `fetchFrom`. */
  outOfRange(partition: TopicPartition, cursor: number, offset: bigint): void
  /**
   * An unclean election has cut the log: what was read from `endOffset` on is not in it. null where even that is unknown.
   * Fetching of the partition stops until `fetchFrom`.
   */
  truncated(partition: TopicPartition, cursor: number, endOffset: bigint | null): void
  /**
   * The topic was deleted and made again: what was read and stored of it means nothing in the new one. Fetching of it, or of
   * that one partition, stops until `fetchFrom`; null means all.
   */
  recreated(topic: string, partition: number | null): void
  /** The partition cannot be fetched, and that will not heal by itself. Fetching of it stops until `fetchFrom`. */
  refused(partition: TopicPartition, cursor: number, fault: Fault): void
  event(event: ConsumerEvent): void
  /** Fatal: the session is over, everything that was assigned is lost, and no other call follows. */
  fault(fault: Fault): void
}

/**
 * One membership in a group (or, under `assign`, one reader of chosen partitions), from joining to leaving.
 *
 * It joins by itself and continues until it is closed: connections, coordinators and leaders may come and go. Plain calls
 * take effect at once and are never awaited; steps may be used at any time and end with a `ClosedFault` once it is closed.
 */
export interface ConsumerSession {
  /** What the group has stored; under `assign` without a group id nothing is. Retries transient failures, and reports them. */
  committed(partitions: readonly TopicPartition[]): Parts<CommittedOffset>
  /** Retries transient failures, and reports them. */
  listOffsets(queries: readonly OffsetLookup[]): Parts<Committed>
  /** Reads from `offset`: from then on only records of this `cursor` count. */
  fetchFrom(partition: TopicPartition, cursor: number, offset: bigint, leaderEpoch: number): void
  /**
   * The partition's share: so much of it may be asked for whatever the others hold, and up to `max.partition.fetch.bytes`
   * while there is room. 0 stops asking; it is 0 at first.
   */
  demand(partition: TopicPartition, bytes: number): void
  /** Some of the backlog was delivered, or nothing of it can be any more: who waits for that is asked for. */
  delivered(): void
  /** Answers `revoking`, for some or all of its partitions; their reading ends. */
  release(partitions: readonly TopicPartition[]): void
  /**
   * One attempt to store, as soon as the group takes commits. Order of calls is order of effect.
   *
   * @param isWanted called for each offset when it is sent: an offset that is no longer wanted is left out, of the answer too
   */
  commit(offsets: readonly OffsetToStore[], isWanted?: (offset: OffsetToStore) => boolean): Step<readonly StoreResult[]>
  /**
   * Stays out of the group until `resume`: it releases these partitions at once; the others are revoked, drained and
   * released first.
   */
  suspend(stalled: readonly TopicPartition[]): void
  /** Joins again. */
  resume(): void
  /** The settings have another subscription now. Asks the group for an assignment by it; under `assign`, its partitions are assigned. */
  resubscribed(): void
  /** Whether the partition did not exist yet when the session began: nothing of it was ever passed over. */
  isNew(partition: TopicPartition): boolean
  /** As whom it commits at the moment: its generation is over with the next rebalance. null while it is in no group. */
  readonly member: GroupMember | null
  /** Whether the member is between two generations of its group. */
  readonly isRebalancing: boolean
  /** Why the partition cannot be fetched at the moment: its broker is down, or it has no leader. Null if nothing is wrong. */
  troubleOf(partition: TopicPartition): Fault | null
  /**
   * Leaves the group and closes; the handlers are not called any more. Bounded, never fails; unsubscribing closes
   * at once what is under way.
   * Without `tellGroup` the group waits until the session is over, or a static member has come back.
   */
  leave(tellGroup: boolean): Step<void>
}

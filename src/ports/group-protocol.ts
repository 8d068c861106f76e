import type { Observable } from 'rxjs'
import type { Fault } from '../model/fault.js'
import type { RebalanceSummary } from '../model/rebalance-event.js'
import type { TopicPartition } from '../model/topic-partition.js'
import type { GroupMember } from './kafka-calls.js'

/**
 * Receives the reports of a group protocol. Calls never come from within a call to the protocol, except `lost` from `suspend`.
 */
export interface GroupListener {
  /** The member has joined (again). It reads `gained` from now on, and continues with `kept` as before. */
  assigned(
    generation: number,
    gained: readonly TopicPartition[],
    kept: readonly TopicPartition[],
    rebalance: RebalanceSummary
  ): void
  /** The group revokes these partitions: drain them, and call `release` by the deadline (the clock's time). */
  revoking(partitions: readonly TopicPartition[], deadline: number): void
  /** The member has lost these partitions. */
  lost(partitions: readonly TopicPartition[], fault: Fault): void
  /** The group will never accept the member with its settings. */
  fatal(fault: Fault): void
}

/**
 * A session's membership in its group: the protocol of JoinGroup, SyncGroup and Heartbeat (`classic`), or another. It joins
 * after `start`, and again whenever necessary, until `leave` or `close`.
 */
export interface GroupProtocol {
  /** The identity for commits: member and generation, or epoch, as in OffsetCommit. */
  readonly member: GroupMember
  /** The identity for reading committed offsets; null if the group does not check it. */
  readonly reader: Pick<GroupMember, 'memberId' | 'generation'> | null
  /** Whether the member is between two generations. */
  readonly isRebalancing: boolean
  /** The topics of the subscription are known: joins. */
  start(): void
  release(partitions: readonly TopicPartition[]): void
  /** Leaves the group until `resume`: stalled partitions are released at once; the others are revoked first. */
  suspend(stalled: readonly TopicPartition[]): void
  resume(): void
  /** The metadata has changed, or may have. */
  topicsChanged(): void
  /** The metadata has another topic under a name. Called before anything of the new topic is read or committed. */
  topicRecreated(): void
  /** The member's subscription has changed. */
  resubscribed(): void
  /** Identifies the ownership of a partition: a new object after each assignment that gained it; null if not held. */
  ownershipOf(partition: TopicPartition): TopicPartition | null
  /**
   * Calls `run` as soon as the group accepts commits: at once, or after the current rebalance. Returns a function that cancels
   * it.
   */
  whenCommitsAreTaken(run: () => void): () => void
  /** Whether the member loses its partitions if the group refuses a commit of this generation. */
  losesBy(generation: number): boolean
  /** The group does not know the reader of this generation (any more). */
  readerRefused(generation: number): void
  /** A commit of this generation was refused with a code that concerns the member. */
  commitRefused(generation: number, code: number): void
  /** Leaves; completes when the group has answered. Without `tellGroup` the group waits for the end of the session. */
  leave(tellGroup: boolean): Observable<never>
  /** Ends all requests at once. */
  close(): void
}

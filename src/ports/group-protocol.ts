import type { Observable } from 'rxjs'
import type { Fault } from '../model/fault.js'
import type { RebalanceSummary } from '../model/rebalance-event.js'
import type { TopicPartition } from '../model/topic-partition.js'
import type { GroupMember } from './kafka-calls.js'

/** What a group protocol tells its session. Calls never come from inside a call to the protocol, but for `lost` by `suspend`. */
export interface GroupListener {
  /** The member has joined (again). It reads `gained` from now on, and continues with `kept` as before. */
  assigned(
    generation: number,
    gained: readonly TopicPartition[],
    kept: readonly TopicPartition[],
    rebalance: RebalanceSummary
  ): void
  /** The group revokes these: they are drained, and released with `release` by the deadline (the clock's time). */
  revoking(partitions: readonly TopicPartition[], deadline: number): void
  /** These are not the member's any more. */
  lost(partitions: readonly TopicPartition[], fault: Fault): void
  /** The member can never be one of this group as it is. */
  fatal(fault: Fault): void
}

/**
 * How a session is a member of its group: the protocol of JoinGroup, SyncGroup and Heartbeat (`classic`), or another. The
 * protocol joins after `start`, and again whenever it has to, until `leave` or `close`.
 */
export interface GroupProtocol {
  /** Who commits: as OffsetCommit names the member and its generation, or epoch. */
  readonly member: GroupMember
  /** As whom committed offsets are asked for; null where the group does not check that. */
  readonly reader: Pick<GroupMember, 'memberId' | 'generation'> | null
  /** Whether the member is between two generations. */
  readonly isRebalancing: boolean
  /** What the subscription means is known: joins. */
  start(): void
  /** Answers `revoking`. */
  release(partitions: readonly TopicPartition[]): void
  /** Stays out of the group until `resume`: it releases stalled partitions at once; the others are revoked first. */
  suspend(stalled: readonly TopicPartition[]): void
  resume(): void
  /** Something is different in the metadata, or may be. */
  topicsChanged(): void
  /** The metadata has another topic under a name: called before anything of that one is read or committed. */
  topicRecreated(): void
  /** The member subscribes to something else. */
  resubscribed(): void
  /** What the member holds of a partition: another object after each assignment that gained it, null for none. */
  holdingOf(partition: TopicPartition): TopicPartition | null
  /** Runs as soon as the group takes commits: at once, or when the rebalance under way is over. Returns how to withdraw it. */
  whenCommitsAreTaken(run: () => void): () => void
  /** Whether the member loses what it holds if the group refuses a commit of this generation. */
  losesBy(generation: number): boolean
  /** The group does not know the reader of this generation, or not any more. */
  readerRefused(generation: number): void
  /** A commit of this generation was refused with a code that is about the member. */
  commitRefused(generation: number, code: number): void
  /** Leaves; completes when the group knows. Without `tellGroup` the group waits for the end of the session. */
  leave(tellGroup: boolean): Observable<never>
  /** Ends at once whatever is under way. */
  close(): void
}

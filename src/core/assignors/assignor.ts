import type { TopicPartition } from '../../model/topic-partition.js'
import type { MemberSubscription } from '../group-protocol.js'

/** A member as an assignor sees it: who it is, and what its subscription says. */
export interface AssignableMember extends MemberSubscription {
  readonly memberId: string
  readonly groupInstanceId: string | null
}

/** What each member is given, by its id; every member is named, though it may get nothing. */
export type Assignment = ReadonlyMap<string, readonly TopicPartition[]>

/** A topic's partitions, in order: of each, the racks that its replicas are in, as far as they are known. */
export type PartitionRacks = readonly ReadonlySet<string>[]

/** A way to share out a group's partitions, under the name that members agree on. */
export interface Assignor {
  readonly name: string
  /** Whether members give up everything before they rejoin, or only what the leader takes from them. */
  readonly protocol: 'eager' | 'cooperative'
  /** Gives each member its partitions; topics without partitions are given to nobody. */
  readonly assign: (members: readonly AssignableMember[], topics: ReadonlyMap<string, PartitionRacks>) => Assignment
  /** What a member tells the leader in its subscription's user data: what it was last given, and in which generation. */
  readonly userDataOf?: (lastAssigned: readonly TopicPartition[], generation: number) => Uint8Array | null
}

/**
 * The order of members in Java's `AbstractPartitionAssignor.MemberInfo`: those with a `group.instance.id` first, by it;
 * the others by their member id.
 */
export const byInstanceThenMember = (a: AssignableMember, b: AssignableMember): number => {
  if (a.groupInstanceId !== null && b.groupInstanceId !== null) return compare(a.groupInstanceId, b.groupInstanceId)
  if (a.groupInstanceId !== null) return -1
  if (b.groupInstanceId !== null) return 1
  return compare(a.memberId, b.memberId)
}

/** Java compares strings by UTF-16 code units, as `<` does. */
export const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

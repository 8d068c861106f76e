import { decodeAssignment } from '../../core/group/member-subscription.js'
import type { TopicPartition } from '../../model/topic-partition.js'
import type { Member } from './group-member.js'

/** The states of a group under the classic protocol, by Kafka's names. */
export type ClassicGroupState = 'Empty' | 'PreparingRebalance' | 'CompletingRebalance' | 'Stable'

/** The states under either protocol; `Assigning` and `Reconciling` belong to the consumer protocol. */
export type GroupState = ClassicGroupState | 'Assigning' | 'Reconciling'

/** A group as its coordinator keeps it. */
export interface GroupDescription {
  readonly groupId: string
  readonly state: GroupState
  /**
   * The number of the latest generation: increases with each completed rebalance, and when the group becomes empty. Under the
   * consumer protocol the group's epoch.
   */
  readonly generation: number
  /** The elected assignment strategy; null while the group is empty. */
  readonly protocol: string | null
  /** The member ID of the leader; null while the group has no members, and under the consumer protocol. */
  readonly leader: string | null
  readonly members: readonly MemberDescription[]
  /** Member IDs that were assigned with MEMBER_ID_REQUIRED and have not joined yet; a rebalance waits for them too. */
  readonly pending: readonly string[]
}

/** A member of a group as its coordinator keeps it. */
export interface MemberDescription {
  readonly memberId: string
  /** The `group.instance.id` of a static member. */
  readonly groupInstanceId: string | null
  /** The member's assignment; during a rebalance that of the former generation, or nothing. */
  readonly assignment: readonly TopicPartition[] | null
  /** The member's request that the coordinator holds. */
  readonly held: 'JoinGroup' | 'SyncGroup' | null
}

export const describeMember = (member: Member): MemberDescription => ({
  memberId: member.id,
  groupInstanceId: member.groupInstanceId,
  assignment: decodeAssignment(member.assignment),
  held: member.joining !== null ? 'JoinGroup' : member.syncing !== null ? 'SyncGroup' : null
})

/** Whether no client ever joined the group, and none is about to. */
export const isUnused = ({ state, generation, pending }: GroupDescription): boolean =>
  state === 'Empty' && generation === 0 && pending.length === 0

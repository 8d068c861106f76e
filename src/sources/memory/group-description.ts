import { decodeAssignment } from '../../core/group/group-protocol.js'
import type { TopicPartition } from '../../model/topic-partition.js'
import type { Member } from './group-member.js'

/** The states of a group under the classic protocol, by Kafka's names. */
export type ClassicGroupState = 'Empty' | 'PreparingRebalance' | 'CompletingRebalance' | 'Stable'

/** The same under either protocol: `Assigning` and `Reconciling` are those of the consumer protocol. */
export type GroupState = ClassicGroupState | 'Assigning' | 'Reconciling'

/** A group as its coordinator has it. */
export interface GroupDescription {
  readonly groupId: string
  readonly state: GroupState
  /**
   * The number of the latest generation; each rebalance that is completed makes one, and so does becoming empty. Under the
   * consumer protocol the group's epoch.
   */
  readonly generation: number
  /** The assignment strategy that was elected, null while the group is empty. */
  readonly protocol: string | null
  /** The member id of the leader, null while the group has no members, and under the consumer protocol. */
  readonly leader: string | null
  readonly members: readonly MemberDescription[]
  /** Member ids that were given with MEMBER_ID_REQUIRED and have not joined yet: a rebalance waits for them too. */
  readonly pending: readonly string[]
}

/** A member of a group as its coordinator has it. */
export interface MemberDescription {
  readonly memberId: string
  /** The `group.instance.id` of a static member. */
  readonly groupInstanceId: string | null
  /** What the leader assigned to it last; while the group rebalances that is of the former generation, or nothing. */
  readonly assignment: readonly TopicPartition[] | null
  /** The request of the member that the coordinator holds. */
  readonly held: 'JoinGroup' | 'SyncGroup' | null
}

export const describeMember = (member: Member): MemberDescription => ({
  memberId: member.id,
  groupInstanceId: member.groupInstanceId,
  assignment: decodeAssignment(member.assignment),
  held: member.joining !== null ? 'JoinGroup' : member.syncing !== null ? 'SyncGroup' : null
})

/** Nobody ever joined the group, and nobody is about to. */
export const isUnused = ({ state, generation, pending }: GroupDescription): boolean =>
  state === 'Empty' && generation === 0 && pending.length === 0

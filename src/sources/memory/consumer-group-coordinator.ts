import {
  type ConsumerGroupHeartbeatRequest,
  type ConsumerGroupHeartbeatResponse,
  memberEpoch
} from '../../core/group/consumer-protocol/heartbeat-messages.js'
import { errorCode as code } from '../../core/protocol/error-code.js'
import type { Clock } from '../../model/clock.js'
import type { ErrorCode, GroupMember } from '../../ports/kafka-calls.js'
import { ClassicMembers } from './classic-members.js'
import { ConsumerGroup, type ConsumerGroupRules, type CoordinatedTopic, endTimer } from './consumer-group.js'
import type { ConvertedGroup } from './converted-group.js'
import type { GroupDescription } from './group-description.js'
import { fencing, refusalOf, refusedHeartbeat } from './heartbeat-checks.js'
import { isSame, newMember, type RemoteMemberState } from './remote-member.js'

type Reader = Pick<GroupMember, 'memberId' | 'generation'>

/** What the coordinator of a consumer group needs from its host. */
export interface ConsumerGroupHost {
  /**
   * The last member by the consumer protocol has left, and members by the classic one remain. `rebalances`: false if the last one
   * has only come back by the classic protocol.
   */
  readonly onlyClassicLeft?: (rebalances: boolean) => void
  readonly newMemberId?: () => string
}

/**
 * Kafka's coordinator of a group under the consumer protocol (KIP-848): epochs, target assignments, reconciliation, sessions,
 * static members; `classic` handles the requests of members by the classic protocol. The rules are those of Kafka's
 * `GroupMetadataManager` and `CurrentAssignmentBuilder`.
 */
export class ConsumerGroupCoordinator {
  /** Members by the classic protocol, while there are others by the consumer protocol. */
  readonly classic: ClassicMembers
  private readonly group: ConsumerGroup

  constructor(
    groupId: string,
    clock: Clock,
    rules: ConsumerGroupRules,
    topics: () => readonly CoordinatedTopic[],
    { onlyClassicLeft = () => undefined, newMemberId = () => '' }: ConsumerGroupHost = {}
  ) {
    this.group = new ConsumerGroup(groupId, clock, rules, topics, onlyClassicLeft)
    this.classic = new ClassicMembers(this.group, newMemberId, onlyClassicLeft)
  }

  /** Whether the group has members of this protocol. */
  get hasMembers(): boolean {
    return this.group.members.size > 0
  }
  /** Whether the group ever had members of this protocol. */
  get wasUsed(): boolean {
    return this.group.epoch > 0
  }

  describe(): GroupDescription {
    return this.group.describe()
  }

  heartbeat(request: ConsumerGroupHeartbeatRequest): ConsumerGroupHeartbeatResponse {
    const refused = refusalOf(request)
    if (refused !== null) return refused
    if (request.memberEpoch < 0) return this.leave(request)
    const member = this.memberOf(request)
    if (typeof member === 'number') return refusedHeartbeat(member)
    const fenced = fencing(member, request)
    if (fenced !== code.NONE) return refusedHeartbeat(fenced)
    const { group } = this
    const isJoining = request.memberEpoch === memberEpoch.join
    const isFull = isJoining || (request.rebalanceTimeoutMs !== null && request.owned !== null)
    member.classic = null
    group.updateMember(member, request)
    const before = member.assigned
    group.advance(member, request.owned)
    group.keepAlive(member)
    if (member.state === 'unrevoked') group.watch(member, 'revocation')
    else endTimer(member, 'revocation')
    const isNews = isFull || !isSame(before, member.assigned)
    return {
      ...refusedHeartbeat(code.NONE),
      memberId: member.id,
      memberEpoch: member.epoch,
      heartbeatIntervalMs: group.rules.heartbeatIntervalMs,
      assignment: isNews ? member.assigned : null
    }
  }

  /** Follows Kafka before 4.3, whose `ConsumerGroup.validateOffsetCommit` accepts any epoch since the assignment (KIP-1251). */
  mayCommit({ memberId, generation }: Reader): ErrorCode {
    const member = this.group.members.get(memberId)
    if (member === undefined) return code.UNKNOWN_MEMBER_ID
    if (member.epoch === generation) return code.NONE
    return member.classic === null ? code.STALE_MEMBER_EPOCH : code.ILLEGAL_GENERATION
  }

  /** A reader without a member ID may always read. */
  mayFetch(reader: Reader | null): ErrorCode {
    return reader === null ? code.NONE : this.mayCommit(reader)
  }

  expireSession(memberId: string): void {
    const member = this.group.members.get(memberId)
    if (member !== undefined) this.group.fence(member)
  }

  /** Another broker becomes the group's coordinator: the state is in the log, and sessions begin again. */
  moved(): void {
    this.group.moved()
  }

  /** Hands the group over to the classic protocol, with the target assignment of each member. */
  release(): ConvertedGroup {
    const { group } = this
    const members = [...group.members.values()].map((member) => ({
      id: member.id,
      groupInstanceId: member.groupInstanceId,
      rebalanceTimeoutMs: member.rebalanceTimeoutMs,
      sessionTimeoutMs: member.classic?.sessionTimeoutMs ?? 0,
      protocols: member.classic?.protocols ?? [],
      topics: member.topics,
      assigned: group.assignmentOf(group.targetOf(member))
    }))
    const generation = group.epoch
    group.clear()
    return { generation, members }
  }

  /** Takes over a classic group, with the last assignment of its leader (`ConsumerGroup.fromClassicGroup`). */
  takeOver({ generation, members }: ConvertedGroup): void {
    const { group } = this
    group.begin(
      generation,
      members.map(({ id, groupInstanceId, rebalanceTimeoutMs, sessionTimeoutMs, protocols, topics, assigned }) => ({
        ...newMember(id, groupInstanceId),
        rebalanceTimeoutMs,
        topics,
        epoch: generation,
        previousEpoch: generation,
        assigned: group.identified(assigned),
        classic: { sessionTimeoutMs, protocols }
      }))
    )
  }

  private memberOf(request: ConsumerGroupHeartbeatRequest): RemoteMemberState | ErrorCode {
    const { group } = this
    const { memberId, groupInstanceId, memberEpoch: epoch } = request
    const known = group.members.get(memberId)
    const former = groupInstanceId === null ? undefined : group.ofInstance(groupInstanceId)
    if (epoch !== memberEpoch.join) {
      if (former !== undefined && former.id !== memberId) return code.FENCED_INSTANCE_ID
      return known ?? code.UNKNOWN_MEMBER_ID
    }
    if (former === undefined || former === known) return known ?? group.memberOf(memberId, groupInstanceId)
    // A member by the classic protocol does not announce that it comes back.
    const isReleased = former.classic !== null || former.epoch === memberEpoch.leaveForAWhile
    return isReleased ? group.replace(former, memberId) : code.UNRELEASED_INSTANCE_ID
  }

  private leave({
    memberId,
    memberEpoch: epoch,
    groupInstanceId
  }: ConsumerGroupHeartbeatRequest): ConsumerGroupHeartbeatResponse {
    const { group } = this
    const former = groupInstanceId === null ? undefined : group.ofInstance(groupInstanceId)
    if (former !== undefined && former.id !== memberId) return refusedHeartbeat(code.FENCED_INSTANCE_ID)
    const member = group.members.get(memberId)
    if (member === undefined) return refusedHeartbeat(code.UNKNOWN_MEMBER_ID)
    if (epoch === memberEpoch.leaveForAWhile) {
      member.epoch = memberEpoch.leaveForAWhile
      endTimer(member, 'revocation')
    } else group.fence(member)
    return { ...refusedHeartbeat(code.NONE), memberId, memberEpoch: epoch }
  }
}

import { decodeSubscription, encodeAssignment } from '../../core/group/member-subscription.js'
import { errorCode as code } from '../../core/protocol/error-code.js'
import type {
  ErrorCode,
  GroupMember,
  JoinGroupRequest,
  JoinGroupResponse,
  SyncGroupRequest,
  SyncGroupResponse
} from '../../ports/kafka-calls.js'
import { type ConsumerGroup, endTimer } from './consumer-group.js'
import { refusedJoin, refusedSync } from './group-member.js'
import type { RemoteMemberState } from './remote-member.js'

type Identity = Pick<GroupMember, 'memberId' | 'groupInstanceId'>

/**
 * Members by the classic protocol in a group that also has members by the consumer protocol: Kafka's methods
 * `GroupMetadataManager.classicGroup…ToConsumerGroup`. The coordinator assigns partitions to all of them; there is no leader, and
 * a join is answered at once. A member's epoch is its generation. The answer to its heartbeat tells it to join again when the
 * group has a new epoch, when it has to release partitions, and when partitions of its target have become free.
 */
export class ClassicMembers {
  private readonly group: ConsumerGroup
  private readonly newMemberId: () => string
  private readonly onlyClassicLeft: (rebalances: boolean) => void

  constructor(group: ConsumerGroup, newMemberId: () => string, onlyClassicLeft: (rebalances: boolean) => void) {
    this.group = group
    this.newMemberId = newMemberId
    this.onlyClassicLeft = onlyClassicLeft
  }

  join(request: JoinGroupRequest): JoinGroupResponse {
    const { group } = this
    const { memberId, groupInstanceId, protocols, sessionTimeoutMs, rebalanceTimeoutMs } = request
    const [first] = protocols
    const subscription = first === undefined ? null : decodeSubscription(first.metadata)
    if (first === undefined || subscription === null || !this.supports(protocols))
      return refusedJoin(code.INCONSISTENT_GROUP_PROTOCOL, memberId)
    if (memberId === '' && groupInstanceId === null) return refusedJoin(code.MEMBER_ID_REQUIRED, this.newMemberId())
    const member = this.joining(memberId, groupInstanceId)
    if (typeof member === 'number') return refusedJoin(member, memberId)
    const wasAllClassic = group.isAllClassic()
    member.classic = { sessionTimeoutMs, protocols }
    const isBumped = group.updateMember(member, { topics: subscription.topics, pattern: '', rebalanceTimeoutMs })
    // The last member by the consumer protocol has come back by the classic protocol, with its `group.instance.id`.
    const isLast = !wasAllClassic && group.isAllClassic()
    const owned = group.identified(subscription.owned)
    if (!isLast) group.advance(member, owned)
    else if (!isBumped) group.reconcile(member, owned)
    endTimer(member, 'join')
    const answer = {
      ...refusedJoin(code.NONE, member.id),
      generation: member.epoch,
      protocol: first.name
    }
    if (isLast) this.onlyClassicLeft(isBumped)
    else {
      group.keepAlive(member)
      endTimer(member, 'sync')
      group.watch(member, 'sync')
    }
    return answer
  }

  sync(request: SyncGroupRequest): SyncGroupResponse {
    const { group } = this
    const member = this.checked(request)
    if (typeof member === 'number') return refusedSync(member)
    const isOther = request.protocol !== undefined && request.protocol !== member.classic?.protocols[0]?.name
    if (isOther) return refusedSync(code.INCONSISTENT_GROUP_PROTOCOL)
    // A member that has to release partitions has joined again already: this answer says which it keeps.
    if (group.epoch > member.epoch && member.state !== 'unrevoked') {
      group.watch(member, 'join')
      return refusedSync(code.REBALANCE_IN_PROGRESS)
    }
    endTimer(member, 'sync')
    group.keepAlive(member)
    return { code: code.NONE, assignment: encodeAssignment(group.assignmentOf(member.assigned)) }
  }

  heartbeat(request: GroupMember): ErrorCode {
    const { group } = this
    const member = this.checked(request)
    if (typeof member === 'number') return member
    group.keepAlive(member)
    const isFree = member.state === 'unreleased' && !group.isWaiting(member)
    if (member.epoch >= group.epoch && member.state !== 'unrevoked' && !isFree) return code.NONE
    group.watch(member, 'join')
    return code.REBALANCE_IN_PROGRESS
  }

  /** Finds the member by its id, or by its instance id alone. */
  leave(memberId: string, groupInstanceId: string | null): ErrorCode {
    const { group } = this
    const member = groupInstanceId === null ? group.members.get(memberId) : group.ofInstance(groupInstanceId)
    if (member === undefined) return code.UNKNOWN_MEMBER_ID
    if (groupInstanceId !== null && memberId !== '' && member.id !== memberId) return code.FENCED_INSTANCE_ID
    group.fence(member)
    return code.NONE
  }

  /** Whether all other classic members support one of these protocols. */
  private supports(protocols: JoinGroupRequest['protocols']): boolean {
    const others = [...this.group.members.values()].flatMap(({ classic }) => classic ?? [])
    return protocols.some(({ name }) => others.every((one) => one.protocols.some((protocol) => protocol.name === name)))
  }

  private joining(memberId: string, groupInstanceId: string | null): RemoteMemberState | ErrorCode {
    const { group } = this
    if (groupInstanceId === null) return group.memberOf(memberId, null)
    const former = group.ofInstance(groupInstanceId)
    if (memberId !== '') {
      if (former === undefined) return code.UNKNOWN_MEMBER_ID
      return former.id === memberId ? former : code.FENCED_INSTANCE_ID
    }
    const id = this.newMemberId()
    return former === undefined ? group.memberOf(id, groupInstanceId) : group.replace(former, id)
  }

  /** The member that sent the request, if the request has its current epoch. */
  private checked({
    memberId,
    groupInstanceId,
    generation
  }: Identity & { readonly generation: number }): RemoteMemberState | ErrorCode {
    const { group } = this
    const member = groupInstanceId === null ? group.members.get(memberId) : group.ofInstance(groupInstanceId)
    if (member === undefined) return code.UNKNOWN_MEMBER_ID
    if (member.id !== memberId) return code.FENCED_INSTANCE_ID
    if (member.classic === null) return code.UNKNOWN_MEMBER_ID
    return member.epoch === generation ? member : code.ILLEGAL_GENERATION
  }
}

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
 * The members by the classic protocol of a group that has others by the consumer protocol: the methods of Kafka's
 * `GroupMetadataManager` that are called `classicGroup…ToConsumerGroup`. The coordinator assigns to all of them. A member's
 * epoch is its generation; it has no leader, and nobody waits for it. It learns by its heartbeats that it has to join again:
 * when the group's epoch is another, when it has to give something up, and when what it waits for is free.
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
    const isBumped = group.hear(member, { topics: subscription.topics, pattern: '', rebalanceTimeoutMs })
    // The last member by the consumer protocol comes back by the classic one, under its `group.instance.id`.
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
    // One that has something to give up has joined already: it learns here what.
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

  /** By member id, or by instance id alone: the member that has it now. */
  leave(memberId: string, groupInstanceId: string | null): ErrorCode {
    const { group } = this
    const member = groupInstanceId === null ? group.members.get(memberId) : group.ofInstance(groupInstanceId)
    if (member === undefined) return code.UNKNOWN_MEMBER_ID
    if (groupInstanceId !== null && memberId !== '' && member.id !== memberId) return code.FENCED_INSTANCE_ID
    group.fence(member)
    return code.NONE
  }

  /** Whether all others by the classic protocol support one of these. */
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

  /** The member that the request speaks for, of its present epoch. */
  private checked({
    memberId,
    groupInstanceId,
    generation
  }: Identity & { readonly generation: number }): RemoteMemberState | ErrorCode {
    // prettier-ignore
    const { group } = this
    const member = groupInstanceId === null ? group.members.get(memberId) : group.ofInstance(groupInstanceId)
    if (member === undefined) return code.UNKNOWN_MEMBER_ID
    if (member.id !== memberId) return code.FENCED_INSTANCE_ID
    if (member.classic === null) return code.UNKNOWN_MEMBER_ID
    return member.epoch === generation ? member : code.ILLEGAL_GENERATION
  }
}

import { errorCode } from '../../core/protocol/error-code.js'
import type { Cancel, Clock } from '../../model/clock.js'
import type {
  ErrorCode,
  GroupMember,
  JoinGroupRequest,
  JoinGroupResponse,
  SyncGroupRequest,
  SyncGroupResponse
} from '../../ports/kafka-calls.js'
import { ClassicGroup } from './classic-group.js'
import type { ConvertedGroup } from './converted-group.js'
import type { GroupDescription } from './group-description.js'
import {
  answerJoin,
  answerSync,
  type Member,
  noAssignment,
  refusedJoin,
  refusedSync,
  sameProtocols
} from './group-member.js'
import type { GroupMembers } from './group-members.js'

/** How long the first JoinGroup of a member may be held (`group.new.member.join.timeout.ms` of Kafka's coordinator). */
const newMemberJoinTimeoutMs = 300_000

/**
 * Kafka's classic group coordinator, for one group: answers its members' requests by the rules of Kafka's
 * `GroupMetadataManager` (its methods for classic groups).
 *
 * It answers through callbacks, since joins and syncs are held until all members have sent theirs.
 */
export class GroupCoordinator {
  private readonly clock: Clock
  private readonly newMemberId: () => string
  private readonly group: ClassicGroup
  private moves = 0
  private loading: Cancel | null = null

  constructor(groupId: string, clock: Clock, newMemberId: () => string) {
    this.clock = clock
    this.newMemberId = newMemberId
    this.group = new ClassicGroup(groupId, clock)
  }

  describe(): GroupDescription {
    return this.group.describe()
  }

  /** The number of the current coordinator; changes when the group moves. */
  get place(): number {
    return this.moves
  }

  /** The code that refuses requests to this coordinator, before anything else is checked. */
  refusal(place: number): ErrorCode {
    if (place !== this.moves) return errorCode.NOT_COORDINATOR
    return this.loading === null ? errorCode.NONE : errorCode.COORDINATOR_LOAD_IN_PROGRESS
  }

  /**
   * Another broker becomes the group's coordinator, and loads the log for `loadingMs`. Held requests are answered
   * (`GroupMetadataManager.onUnloaded`). A rebalance in progress, new members in it and pending IDs are forgotten, and all
   * sessions begin again (`onLoaded`).
   */
  move(loadingMs: number): void {
    const former = this.group.reload()
    this.moves++
    this.loading?.()
    this.loading = null
    if (loadingMs > 0)
      this.loading = this.clock.schedule(loadingMs, () => {
        this.loaded()
      })
    else this.loaded()
    for (const member of former) {
      answerJoin(member, refusedJoin(errorCode.NOT_COORDINATOR, member.id))
      answerSync(member, refusedSync(errorCode.NOT_COORDINATOR))
    }
  }

  join(request: JoinGroupRequest, answer: (answer: JoinGroupResponse) => void): void {
    const { groupId, memberId, protocols } = request
    const suits = this.group.state === 'Empty' ? protocols.length > 0 : this.members.support(protocols)
    if (groupId === '') answer(refusedJoin(errorCode.INVALID_GROUP_ID, memberId))
    else if (!suits) answer(refusedJoin(errorCode.INCONSISTENT_GROUP_PROTOCOL, memberId))
    else if (memberId === '') this.joinNew(request, answer)
    else if (this.members.takePending(memberId)) this.admit(memberId, request, answer)
    else {
      const refused = this.members.refusal(request)
      const member = this.members.get(memberId)
      if (refused !== errorCode.NONE || member === undefined) answer(refusedJoin(refused, memberId))
      else this.rejoin(member, request, answer)
    }
  }

  sync(request: SyncGroupRequest, answer: (answer: SyncGroupResponse) => void): void {
    const member = this.members.get(request.memberId)
    const { protocol } = this.group
    const isOther = request.protocol !== undefined && protocol !== null && request.protocol !== protocol
    const checked = this.group.check(request)
    const refused = checked === errorCode.NONE && isOther ? errorCode.INCONSISTENT_GROUP_PROTOCOL : checked
    if (refused !== errorCode.NONE || member === undefined) {
      answer(refusedSync(refused))
      return
    }
    switch (this.group.state) {
      case 'Empty':
        answer(refusedSync(errorCode.UNKNOWN_MEMBER_ID))
        break
      case 'PreparingRebalance':
        answer(refusedSync(errorCode.REBALANCE_IN_PROGRESS))
        break
      case 'CompletingRebalance':
        member.syncing = answer
        this.group.synced(member)
        if (member.id === this.members.leader) this.group.settle(request)
        break
      case 'Stable':
        this.group.synced(member)
        answer({ code: errorCode.NONE, assignment: member.assignment })
        break
    }
  }

  heartbeat(request: GroupMember): ErrorCode {
    const member = this.members.get(request.memberId)
    const refused = this.group.check(request)
    if (refused !== errorCode.NONE || member === undefined) return refused
    this.group.keepAlive(member)
    return this.group.state === 'PreparingRebalance' ? errorCode.REBALANCE_IN_PROGRESS : errorCode.NONE
  }

  /** Removes a member by ID, or the current member with this instance ID. */
  leave(memberId: string, groupInstanceId: string | null = null): ErrorCode {
    if (!this.members.takePending(memberId)) {
      const byInstance = memberId === '' && groupInstanceId !== null
      const member = byInstance ? this.members.ofInstance(groupInstanceId) : this.members.get(memberId)
      const refused = byInstance ? errorCode.NONE : this.members.refusal({ memberId, groupInstanceId })
      if (refused !== errorCode.NONE) return refused
      if (member === undefined) return errorCode.UNKNOWN_MEMBER_ID
      this.group.drop(member)
    }
    // As in Kafka, a stable group rebalances even for a pending ID.
    if (this.group.state !== 'Empty') this.group.rebalance()
    return errorCode.NONE
  }

  /** Whether a commit is accepted. An empty group accepts one from any client without a generation. */
  mayCommit(request: GroupMember): ErrorCode {
    if (request.generation < 0 && this.group.state === 'Empty') return errorCode.NONE
    const member = this.members.get(request.memberId)
    const refused = this.group.check(request)
    if (refused !== errorCode.NONE || member === undefined) return refused
    if (this.group.state === 'CompletingRebalance') return errorCode.REBALANCE_IN_PROGRESS
    this.group.keepAlive(member)
    return errorCode.NONE
  }

  /** The same within a transaction: a request without any identity is accepted, and the assignment need not be complete. */
  mayCommitInTransaction(request: GroupMember): ErrorCode {
    const saysNothing = request.memberId === '' && request.groupInstanceId === null
    if (request.generation < 0 && (saysNothing || this.group.state === 'Empty')) return errorCode.NONE
    return this.group.check(request)
  }

  /** The member's session has expired, if it is running. */
  expireSession(memberId: string): void {
    this.group.expireSession(memberId)
  }

  /** Whether the group can become one of the consumer protocol. */
  get isConvertible(): boolean {
    return this.group.isConvertible
  }

  /**
   * Hands the group over to the consumer protocol, and keeps no state of it. `answer` answers pending joins and syncs with
   * REBALANCE_IN_PROGRESS: these members join again (`GroupMetadataManager.convertToConsumerGroup`).
   */
  release(): { readonly converted: ConvertedGroup; readonly answer: () => void } {
    const converted = this.group.convert()
    const former = this.group.clear()
    const answer = (): void => {
      for (const member of former) {
        answerJoin(member, refusedJoin(errorCode.REBALANCE_IN_PROGRESS, member.id))
        answerSync(member, refusedSync(errorCode.REBALANCE_IN_PROGRESS))
      }
    }
    return { converted, answer }
  }

  /** Takes over a group of the consumer protocol whose members are all classic. */
  takeOver(converted: ConvertedGroup, rebalances: boolean): void {
    this.group.takeOver(converted, rebalances)
  }

  private get members(): GroupMembers {
    return this.group.members
  }

  private joinNew(request: JoinGroupRequest, answer: (answer: JoinGroupResponse) => void): void {
    const { groupInstanceId, sessionTimeoutMs } = request
    const id = this.newMemberId()
    if (groupInstanceId === null) {
      // A client that dies between its two joins is waited for no longer than its session timeout.
      const session = this.clock.schedule(sessionTimeoutMs, () => {
        this.expireSession(id)
      })
      this.members.addPending(id, session)
      answer(refusedJoin(errorCode.MEMBER_ID_REQUIRED, id))
      return
    }
    const former = this.members.ofInstance(groupInstanceId)
    if (former === undefined) this.admit(id, request, answer)
    else this.replace(former, id, request, answer)
  }

  private admit(id: string, request: JoinGroupRequest, answer: (answer: JoinGroupResponse) => void): void {
    const { groupInstanceId, sessionTimeoutMs, rebalanceTimeoutMs, protocols } = request
    const member: Member = {
      id,
      groupInstanceId,
      sessionTimeoutMs,
      rebalanceTimeoutMs,
      protocols,
      assignment: noAssignment,
      isNew: true,
      joining: answer,
      syncing: null,
      session: null
    }
    this.members.add(member)
    this.group.keepAlive(member, newMemberJoinTimeoutMs)
    this.group.rebalance()
  }

  private rejoin(member: Member, request: JoinGroupRequest, answer: (answer: JoinGroupResponse) => void): void {
    // An unchanged follower that joins again gets the current generation; a leader makes the group rebalance.
    const settled =
      this.group.state === 'CompletingRebalance' || (this.group.state === 'Stable' && member.id !== this.members.leader)
    if (settled && sameProtocols(member.protocols, request.protocols)) {
      answer(this.group.joined(member))
      return
    }
    update(member, request, answer)
    this.group.rebalance()
  }

  /** `GroupMetadataManager.updateStaticMemberThenRebalanceOrCompleteJoin`. */
  private replace(
    former: Member,
    id: string,
    request: JoinGroupRequest,
    answer: (answer: JoinGroupResponse) => void
  ): void {
    const member = this.members.replace(former, id)
    // By the former instance's session timeout, until the new one sends its first request.
    this.group.keepAlive(member)
    update(member, request, answer)
    // Subscriptions are not compared: while the protocol stays the same, so do generation and assignment.
    if (this.group.state === 'Stable' && this.members.selectProtocol() === this.group.protocol) {
      this.group.log()
      answerJoin(member, this.group.joined(member, member.id === this.members.leader))
    } else this.group.rebalance()
  }

  private loaded(): void {
    this.loading = null
    for (const member of this.members.all) this.group.keepAlive(member)
  }
}

const update = (member: Member, request: JoinGroupRequest, answer: (answer: JoinGroupResponse) => void): void => {
  member.protocols = request.protocols
  member.sessionTimeoutMs = request.sessionTimeoutMs
  member.rebalanceTimeoutMs = request.rebalanceTimeoutMs
  member.joining = answer
}

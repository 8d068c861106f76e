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
import { describeMember, type GroupDescription, type GroupState } from './group-description.js'
import {
  answerJoin,
  answerSync,
  isHeld,
  type Member,
  noAssignment,
  refusedJoin,
  refusedSync,
  sameProtocols
} from './group-member.js'
import { GroupMembers } from './group-members.js'
import { membersIn, recordOf, unwritten } from './group-record.js'

/** How long the first JoinGroup of a member may be held (`group.new.member.join.timeout.ms` of Kafka's coordinator). */
const newMemberJoinTimeoutMs = 300_000

/**
 * Kafka's classic group coordinator, for one group: generations, the join and sync barriers, sessions, static members. The
 * rules are those of Kafka's `GroupMetadataManager` (its methods for classic groups) and `ClassicGroup`.
 *
 * It answers through callbacks, since joins and syncs are held until the whole group is there.
 */
export class GroupCoordinator {
  private readonly groupId: string
  private readonly clock: Clock
  private readonly newMemberId: () => string
  private members = new GroupMembers()
  private current: GroupState = 'Empty'
  private generation = 0
  private protocol: string | null = null
  /** Ends the wait for who has not joined. */
  private joinDeadline: Cancel | null = null
  /** Ends the wait for who has joined and has not synced. */
  private syncDeadline: Cancel | null = null
  private readonly notSynced = new Set<string>()
  private logged = unwritten
  private moves = 0
  private loading: Cancel | null = null

  constructor(groupId: string, clock: Clock, newMemberId: () => string) {
    this.groupId = groupId
    this.clock = clock
    this.newMemberId = newMemberId
  }

  describe(): GroupDescription {
    const { groupId, current: state, generation, protocol, members } = this
    const { leader, pending } = members
    return { groupId, state, generation, protocol, leader, members: members.all.map(describeMember), pending }
  }

  /** Where the group is coordinated now; changes when it moves. */
  get place(): number {
    return this.moves
  }

  /** What whoever sends its requests to that place is told before anything else. */
  refusal(place: number): ErrorCode {
    if (place !== this.moves) return errorCode.NOT_COORDINATOR
    return this.loading === null ? errorCode.NONE : errorCode.COORDINATOR_LOAD_IN_PROGRESS
  }

  /**
   * Another broker coordinates the group from now on, and reads for so long what the log has of it. What is held is
   * answered (`GroupMetadataManager.onUnloaded`); a rebalance under way, new members in it and pending ids are forgotten,
   * and all sessions begin anew (`onLoaded`).
   */
  move(loadingMs: number): void {
    const { members } = this
    this.moves++
    this.stopWaiting()
    members.forgetSessions()
    this.members = new GroupMembers(this.logged.leader)
    for (const member of membersIn(this.logged)) this.members.add(member)
    this.current = this.members.size === 0 ? 'Empty' : 'Stable'
    this.generation = this.logged.generation
    this.protocol = this.logged.protocol
    this.loading?.()
    this.loading = null
    if (loadingMs > 0)
      this.loading = this.clock.schedule(loadingMs, () => {
        this.loaded()
      })
    else this.loaded()
    for (const member of members.all) {
      answerJoin(member, refusedJoin(errorCode.NOT_COORDINATOR, member.id))
      answerSync(member, refusedSync(errorCode.NOT_COORDINATOR))
    }
  }

  join(request: JoinGroupRequest, answer: (answer: JoinGroupResponse) => void): void {
    const { groupId, memberId, protocols } = request
    const suits = this.current === 'Empty' ? protocols.length > 0 : this.members.support(protocols)
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
    const refused = this.check(request)
    if (refused !== errorCode.NONE || member === undefined) {
      answer(refusedSync(refused))
      return
    }
    switch (this.current) {
      case 'Empty':
        answer(refusedSync(errorCode.UNKNOWN_MEMBER_ID))
        break
      case 'PreparingRebalance':
        answer(refusedSync(errorCode.REBALANCE_IN_PROGRESS))
        break
      case 'CompletingRebalance':
        member.syncing = answer
        this.synced(member)
        if (member.id === this.members.leader) this.settle(request)
        break
      case 'Stable':
        this.synced(member)
        answer({ code: errorCode.NONE, assignment: member.assignment })
        break
    }
  }

  heartbeat(request: GroupMember): ErrorCode {
    const member = this.members.get(request.memberId)
    const refused = this.check(request)
    if (refused !== errorCode.NONE || member === undefined) return refused
    this.keepAlive(member)
    return this.current === 'PreparingRebalance' ? errorCode.REBALANCE_IN_PROGRESS : errorCode.NONE
  }

  /** By member id, or by instance id alone: whoever has that now. */
  leave(memberId: string, groupInstanceId: string | null = null): ErrorCode {
    if (!this.members.takePending(memberId)) {
      const byInstance = memberId === '' && groupInstanceId !== null
      const member = byInstance ? this.members.ofInstance(groupInstanceId) : this.members.get(memberId)
      const refused = byInstance ? errorCode.NONE : this.members.refusal({ memberId, groupInstanceId })
      if (refused !== errorCode.NONE) return refused
      if (member === undefined) return errorCode.UNKNOWN_MEMBER_ID
      this.drop(member)
    }
    // For an id that was only given, a stable group rebalances as well: so does Kafka.
    if (this.current !== 'Empty') this.rebalance()
    return errorCode.NONE
  }

  /** Whether a commit is taken; while the group is empty, from anybody who claims no generation. */
  mayCommit(request: GroupMember): ErrorCode {
    if (request.generation < 0 && this.current === 'Empty') return errorCode.NONE
    const member = this.members.get(request.memberId)
    const refused = this.check(request)
    if (refused !== errorCode.NONE || member === undefined) return refused
    if (this.current === 'CompletingRebalance') return errorCode.REBALANCE_IN_PROGRESS
    this.keepAlive(member)
    return errorCode.NONE
  }

  /** The same within a transaction: who says nothing of itself is not asked, and the assignment may be still to come. */
  mayCommitInTransaction(request: GroupMember): ErrorCode {
    const saysNothing = request.memberId === '' && request.groupInstanceId === null
    if (request.generation < 0 && (saysNothing || this.current === 'Empty')) return errorCode.NONE
    return this.check(request)
  }

  /** The time for a sign of life is over, if one is expected of the member at all. */
  expireSession(memberId: string): void {
    const member = this.members.get(memberId)
    if (this.members.takePending(memberId)) this.completeIfAllJoined()
    else if (member !== undefined && (member.isNew || !isHeld(member))) {
      this.drop(member)
      this.rebalance()
    }
  }

  private check(request: GroupMember): ErrorCode {
    const refused = this.members.refusal(request)
    if (refused !== errorCode.NONE) return refused
    return request.generation === this.generation ? errorCode.NONE : errorCode.ILLEGAL_GENERATION
  }

  private joinNew(request: JoinGroupRequest, answer: (answer: JoinGroupResponse) => void): void {
    const { groupInstanceId, sessionTimeoutMs } = request
    const id = this.newMemberId()
    if (groupInstanceId === null) {
      // A client that dies between the two joins is waited for no longer than its session timeout.
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
    this.keepAlive(member, newMemberJoinTimeoutMs)
    this.rebalance()
  }

  private rejoin(member: Member, request: JoinGroupRequest, answer: (answer: JoinGroupResponse) => void): void {
    // A follower that asks again with nothing new is told what is; a leader that does has the group assign anew.
    const settled =
      this.current === 'CompletingRebalance' || (this.current === 'Stable' && member.id !== this.members.leader)
    if (settled && sameProtocols(member.protocols, request.protocols)) {
      answer(this.joined(member))
      return
    }
    update(member, request, answer)
    this.rebalance()
  }

  /** `GroupMetadataManager.updateStaticMemberThenRebalanceOrCompleteJoin`. */
  private replace(
    former: Member,
    id: string,
    request: JoinGroupRequest,
    answer: (answer: JoinGroupResponse) => void
  ): void {
    const member = this.members.replace(former, id)
    // By the former incarnation's session timeout, until it shows the first sign of life of its own.
    this.keepAlive(member)
    update(member, request, answer)
    // What it subscribes to is not compared: as long as the protocol stays, so do generation and assignment.
    if (this.current === 'Stable' && this.members.selectProtocol() === this.protocol) {
      this.log()
      answerJoin(member, this.joined(member, member.id === this.members.leader))
    } else this.rebalance()
  }

  /** Begins a rebalance, or goes on with the one that has begun. */
  private rebalance(): void {
    if (this.current === 'PreparingRebalance') this.completeIfAllJoined()
    else this.prepare()
  }

  private prepare(): void {
    const initial = this.current === 'Empty'
    const interrupted = this.current === 'CompletingRebalance' ? this.members.all : []
    this.stopWaiting()
    this.current = 'PreparingRebalance'
    for (const member of interrupted) {
      member.assignment = noAssignment
      if (answerSync(member, refusedSync(errorCode.REBALANCE_IN_PROGRESS))) this.keepAlive(member)
    }
    // A group that begins waits `group.initial.rebalance.delay.ms`, which is 0 here, and for no pending id.
    if (initial || this.members.allJoined) this.complete()
    else this.waitForJoins()
  }

  private waitForJoins(): void {
    this.joinDeadline = this.clock.schedule(this.members.rebalanceTimeoutMs, () => {
      this.complete()
    })
  }

  private completeIfAllJoined(): void {
    if (this.current === 'PreparingRebalance' && this.members.allJoined) this.complete()
  }

  /** `GroupMetadataManager.completeClassicGroupJoin`. */
  private complete(): void {
    this.stopWaiting()
    const { members } = this
    // A static member that is away stays until its session ends.
    for (const member of members.all) if (member.joining === null && member.groupInstanceId === null) this.drop(member)
    if (members.size > 0 && !members.electJoinedLeader()) {
      this.waitForJoins()
      return
    }
    this.generation++
    if (members.size === 0) {
      this.current = 'Empty'
      this.protocol = null
      this.log()
      return
    }
    this.current = 'CompletingRebalance'
    this.protocol = members.selectProtocol()
    for (const member of members.all) {
      member.isNew = false
      this.keepAlive(member)
      this.notSynced.add(member.id)
    }
    this.syncDeadline = this.clock.schedule(members.rebalanceTimeoutMs, () => {
      this.expireSyncs()
    })
    for (const member of members.all) answerJoin(member, this.joined(member))
  }

  private joined(member: Member, skipAssignment = false): JoinGroupResponse {
    const { generation, protocol, members } = this
    return {
      code: errorCode.NONE,
      generation,
      protocol: protocol ?? '',
      leader: members.leader ?? '',
      skipAssignment,
      memberId: member.id,
      members: member.id === members.leader ? members.described(protocol) : []
    }
  }

  private synced(member: Member): void {
    this.notSynced.delete(member.id)
    if (this.notSynced.size === 0) this.stopWaitingForSyncs()
  }

  private settle({ assignments }: SyncGroupRequest): void {
    const given = new Map(assignments.map(({ memberId, assignment }) => [memberId, assignment]))
    for (const member of this.members.all) member.assignment = given.get(member.id) ?? noAssignment
    this.current = 'Stable'
    this.log()
    for (const member of this.members.all)
      if (answerSync(member, { code: errorCode.NONE, assignment: member.assignment })) this.keepAlive(member)
  }

  /** `GroupMetadataManager.expirePendingSync`: who has joined and never synced is put out, however alive. */
  private expireSyncs(): void {
    for (const memberId of this.notSynced) {
      const member = this.members.get(memberId)
      if (member !== undefined) this.drop(member)
    }
    this.prepare()
  }

  private keepAlive(member: Member, timeoutMs = member.sessionTimeoutMs): void {
    member.session?.()
    member.session = this.clock.schedule(timeoutMs, () => {
      this.expireSession(member.id)
    })
  }

  private drop(member: Member): void {
    this.members.remove(member)
    this.notSynced.delete(member.id)
    answerJoin(member, refusedJoin(errorCode.UNKNOWN_MEMBER_ID, ''))
    // Kafka never answers this one. Over a wire the request times out; here it would be waited for without end.
    answerSync(member, refusedSync(errorCode.UNKNOWN_MEMBER_ID))
  }

  private stopWaiting(): void {
    this.joinDeadline?.()
    this.joinDeadline = null
    this.notSynced.clear()
    this.stopWaitingForSyncs()
  }

  private stopWaitingForSyncs(): void {
    this.syncDeadline?.()
    this.syncDeadline = null
  }

  private log(): void {
    this.logged = recordOf(this.members, this.generation, this.protocol)
  }

  private loaded(): void {
    this.loading = null
    for (const member of this.members.all) this.keepAlive(member)
  }
}

const update = (member: Member, request: JoinGroupRequest, answer: (answer: JoinGroupResponse) => void): void => {
  member.protocols = request.protocols
  member.sessionTimeoutMs = request.sessionTimeoutMs
  member.rebalanceTimeoutMs = request.rebalanceTimeoutMs
  member.joining = answer
}

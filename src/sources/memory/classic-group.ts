import { errorCode } from '../../core/protocol/error-code.js'
import type { Cancel, Clock } from '../../model/clock.js'
import type { ErrorCode, GroupMember, JoinGroupResponse, SyncGroupRequest } from '../../ports/kafka-calls.js'
import { decodeAssignment, decodeSubscription, encodeAssignment } from '../../core/group/member-subscription.js'
import { carriesUserData, type ConvertedGroup } from './converted-group.js'
import { describeMember, type GroupDescription, type ClassicGroupState } from './group-description.js'
import {
  answerJoin,
  answerSync,
  isHeld,
  type Member,
  metadataFor,
  noAssignment,
  refusedJoin,
  refusedSync
} from './group-member.js'
import { GroupMembers } from './group-members.js'
import { membersIn, recordOf, unwritten } from './group-record.js'

/**
 * A group as its coordinator keeps it: members, generation and state, the join and sync barriers, sessions. The rules are those
 * of Kafka's `ClassicGroup`, and of the methods of `GroupMetadataManager` that change it.
 */
export class ClassicGroup {
  private readonly groupId: string
  private readonly clock: Clock
  private present = new GroupMembers()
  private current: ClassicGroupState = 'Empty'
  private generationId = 0
  private elected: string | null = null
  /** Ends the wait for members that have not joined. */
  private joinDeadline: Cancel | null = null
  /** Ends the wait for members that have joined and not synced. */
  private syncDeadline: Cancel | null = null
  private readonly notSynced = new Set<string>()
  private logged = unwritten

  constructor(groupId: string, clock: Clock) {
    this.groupId = groupId
    this.clock = clock
  }

  get members(): GroupMembers {
    return this.present
  }
  get state(): ClassicGroupState {
    return this.current
  }
  get generation(): number {
    return this.generationId
  }
  /** The elected strategy; null while the group is empty. */
  get protocol(): string | null {
    return this.elected
  }

  describe(): GroupDescription {
    const { groupId, state, generation, protocol, members } = this
    const { leader, pending } = members
    return { groupId, state, generation, protocol, leader, members: members.all.map(describeMember), pending }
  }

  /** Whether the member and generation of a request are current. */
  check(request: GroupMember): ErrorCode {
    const refused = this.members.refusal(request)
    if (refused !== errorCode.NONE) return refused
    return request.generation === this.generation ? errorCode.NONE : errorCode.ILLEGAL_GENERATION
  }

  /** Begins a rebalance, or continues the one in progress. */
  rebalance(): void {
    if (this.current === 'PreparingRebalance') this.completeIfAllJoined()
    else this.prepare()
  }

  /** The answer to a member whose JoinGroup is accepted. */
  joined(member: Member, skipAssignment = false): JoinGroupResponse {
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

  synced(member: Member): void {
    this.notSynced.delete(member.id)
    if (this.notSynced.size === 0) this.stopWaitingForSyncs()
  }

  /** The leader has sent the assignment: the group is stable. */
  settle({ assignments }: SyncGroupRequest): void {
    const byMember = new Map(assignments.map(({ memberId, assignment }) => [memberId, assignment]))
    for (const member of this.members.all) member.assignment = byMember.get(member.id) ?? noAssignment
    this.current = 'Stable'
    this.log()
    for (const member of this.members.all)
      if (answerSync(member, { code: errorCode.NONE, assignment: member.assignment })) this.keepAlive(member)
  }

  keepAlive(member: Member, timeoutMs = member.sessionTimeoutMs): void {
    member.session?.()
    member.session = this.clock.schedule(timeoutMs, () => {
      this.expireSession(member.id)
    })
  }

  /** The session has expired. Has no effect while a request of the member is held, except before its first generation. */
  expireSession(memberId: string): void {
    const member = this.members.get(memberId)
    if (this.members.takePending(memberId)) this.completeIfAllJoined()
    else if (member !== undefined && (member.isNew || !isHeld(member))) {
      this.drop(member)
      this.rebalance()
    }
  }

  drop(member: Member): void {
    this.members.remove(member)
    this.notSynced.delete(member.id)
    answerJoin(member, refusedJoin(errorCode.UNKNOWN_MEMBER_ID, ''))
    // Kafka never answers this request, and it times out. Here nothing would end the wait.
    answerSync(member, refusedSync(errorCode.UNKNOWN_MEMBER_ID))
  }

  log(): void {
    this.logged = recordOf(this.members, this.generation, this.protocol)
  }

  /**
   * Returns to the state in the log: a rebalance in progress, new members in it and pending IDs are forgotten
   * (`GroupMetadataManager.onUnloaded`). Returns the former members, whose requests may be held.
   */
  reload(): readonly Member[] {
    const former = this.members
    this.stopWaiting()
    former.forgetSessions()
    this.present = new GroupMembers(this.logged.leader)
    for (const member of membersIn(this.logged)) this.members.add(member)
    this.current = this.members.size === 0 ? 'Empty' : 'Stable'
    this.generationId = this.logged.generation
    this.elected = this.logged.protocol
    return former.all
  }

  /** Whether it can be converted to the consumer protocol, which would lose a custom assignor's user data. */
  get isConvertible(): boolean {
    return this.members.all.every(({ assignment }) => !carriesUserData(assignment))
  }

  /** The state for the consumer protocol: the members, with the leader's last assignment. */
  convert(): ConvertedGroup {
    const members = this.members.all.map((member) => ({
      ...member,
      topics: decodeSubscription(metadataFor(member, this.elected))?.topics ?? [],
      assigned: decodeAssignment(member.assignment) ?? []
    }))
    return { generation: this.generationId, members }
  }

  /** Removes all members and resets the state. Returns the former members, whose requests may be pending. */
  clear(): readonly Member[] {
    this.logged = unwritten
    return this.reload()
  }

  /** Takes over a group of the consumer protocol (`ClassicGroup.fromConsumerGroup`). */
  takeOver({ generation, members }: ConvertedGroup, rebalances: boolean): void {
    for (const { id, groupInstanceId, sessionTimeoutMs, rebalanceTimeoutMs, protocols, assigned } of members)
      this.members.add({
        id,
        groupInstanceId,
        sessionTimeoutMs,
        rebalanceTimeoutMs,
        protocols,
        assignment: encodeAssignment(assigned),
        isNew: false,
        joining: null,
        syncing: null,
        session: null
      })
    this.current = 'Stable'
    this.generationId = generation
    this.elected = this.members.selectProtocol()
    this.log()
    for (const member of this.members.all) this.keepAlive(member)
    if (rebalances) this.prepare()
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
    // An empty group waits for `group.initial.rebalance.delay.ms`, which is 0 here, and not for pending IDs.
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
    // An absent static member stays until its session ends.
    for (const member of members.all) if (member.joining === null && member.groupInstanceId === null) this.drop(member)
    if (members.size > 0 && !members.electJoinedLeader()) {
      this.waitForJoins()
      return
    }
    this.generationId++
    if (members.size === 0) {
      this.current = 'Empty'
      this.elected = null
      this.log()
      return
    }
    this.current = 'CompletingRebalance'
    this.elected = members.selectProtocol()
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

  /**
   * `GroupMetadataManager.expirePendingSync`: removes members that have joined and not synced, even if they send heartbeats.
   */
  private expireSyncs(): void {
    for (const memberId of this.notSynced) {
      const member = this.members.get(memberId)
      if (member !== undefined) this.drop(member)
    }
    this.prepare()
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
}

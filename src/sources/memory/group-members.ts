import { errorCode } from '../../core/protocol/error-code.js'
import type { Cancel } from '../../model/clock.js'
import type { ErrorCode, JoinGroupRequest, JoinGroupResponse } from '../../ports/kafka-calls.js'
import { answerJoin, answerSync, type Member, metadataFor, refusedJoin, refusedSync } from './group-member.js'

/** The members of a group by ID and `group.instance.id`, its leader, and pending member IDs. */
export class GroupMembers {
  private readonly byId = new Map<string, Member>()
  private readonly idOfInstance = new Map<string, string>()
  private readonly pendingIds = new Map<string, Cancel>()
  private leaderId: string | null

  constructor(leader: string | null = null) {
    this.leaderId = leader
  }

  get size(): number {
    return this.byId.size
  }
  get all(): readonly Member[] {
    return [...this.byId.values()]
  }
  get leader(): string | null {
    return this.leaderId
  }
  /** IDs that were assigned with MEMBER_ID_REQUIRED and have not joined yet. */
  get pending(): readonly string[] {
    return [...this.pendingIds.keys()]
  }
  /** Pending IDs are waited for too (`ClassicGroup.hasAllMembersJoined`). */
  get allJoined(): boolean {
    return this.pendingIds.size === 0 && this.all.every(({ joining }) => joining !== null)
  }
  /** The longest timeout of all members, which applies to the group. */
  get rebalanceTimeoutMs(): number {
    return Math.max(0, ...this.all.map((member) => member.rebalanceTimeoutMs))
  }

  get(memberId: string): Member | undefined {
    return this.byId.get(memberId)
  }

  ofInstance(groupInstanceId: string): Member | undefined {
    return this.byId.get(this.idOfInstance.get(groupInstanceId) ?? '')
  }

  add(member: Member): void {
    this.byId.set(member.id, member)
    if (member.groupInstanceId !== null) this.idOfInstance.set(member.groupInstanceId, member.id)
    this.leaderId ??= member.id
  }

  /** Removes the member with its session; if it was the leader, another member becomes it. */
  remove(member: Member): void {
    this.byId.delete(member.id)
    if (member.groupInstanceId !== null) this.idOfInstance.delete(member.groupInstanceId)
    member.session?.()
    if (member.id === this.leaderId) this.leaderId = this.all[0]?.id ?? null
  }

  /**
   * A static member returns with another ID and takes over the state of the former instance, including leadership. Held
   * requests of the former one are answered as fenced (`ClassicGroup.replaceStaticMember`).
   */
  replace(former: Member, id: string): Member {
    answerJoin(former, refusedJoin(errorCode.FENCED_INSTANCE_ID, former.id))
    answerSync(former, refusedSync(errorCode.FENCED_INSTANCE_ID))
    former.session?.()
    const member = { ...former, id, isNew: false, session: null }
    this.byId.delete(former.id)
    this.byId.set(id, member)
    if (member.groupInstanceId !== null) this.idOfInstance.set(member.groupInstanceId, id)
    if (this.leaderId === former.id) this.leaderId = id
    return member
  }

  addPending(memberId: string, session: Cancel): void {
    this.pendingIds.set(memberId, session)
  }

  /** Whether the ID is pending; it is not any more after this. */
  takePending(memberId: string): boolean {
    this.pendingIds.get(memberId)?.()
    return this.pendingIds.delete(memberId)
  }

  /** Cancels all session timers, including those of pending IDs. */
  forgetSessions(): void {
    for (const session of this.pendingIds.values()) session()
    for (const member of this.byId.values()) member.session?.()
  }

  /** The code that refuses a request with this identity; NONE if it is valid (`ClassicGroup.validateMember`). */
  refusal({ memberId, groupInstanceId }: Pick<JoinGroupRequest, 'memberId' | 'groupInstanceId'>): ErrorCode {
    if (groupInstanceId !== null) {
      const current = this.idOfInstance.get(groupInstanceId)
      if (current === undefined) return errorCode.UNKNOWN_MEMBER_ID
      if (current !== memberId) return errorCode.FENCED_INSTANCE_ID
    }
    return this.byId.has(memberId) ? errorCode.NONE : errorCode.UNKNOWN_MEMBER_ID
  }

  /**
   * Whether all members support one of the protocols. That includes the member's own former protocols: even a single member
   * cannot change to another protocol without leaving first (`ClassicGroup.supportsProtocols`).
   */
  support(protocols: JoinGroupRequest['protocols']): boolean {
    return protocols.some(({ name }) => this.isCommon(name))
  }

  /** Each member votes for the first of its protocols that all support; the most votes win. */
  selectProtocol(): string {
    const votes = new Map<string, number>()
    for (const { protocols } of this.byId.values()) {
      const choice = protocols.find(({ name }) => this.isCommon(name))?.name ?? ''
      votes.set(choice, (votes.get(choice) ?? 0) + 1)
    }
    return [...votes].sort((a, b) => b[1] - a[1])[0]?.[0] ?? ''
  }

  /** Makes a joined member the leader if the leader has not joined; false if no member has joined. */
  electJoinedLeader(): boolean {
    if (this.leaderId === null) return false
    if (this.byId.get(this.leaderId)?.joining === null)
      this.leaderId = this.all.find(({ joining }) => joining !== null)?.id ?? this.leaderId
    return this.byId.get(this.leaderId)?.joining !== null
  }

  /** The members as in the leader's answer to JoinGroup. */
  described(protocol: string | null): JoinGroupResponse['members'] {
    return this.all.map((member) => ({
      memberId: member.id,
      groupInstanceId: member.groupInstanceId,
      metadata: metadataFor(member, protocol)
    }))
  }

  private isCommon(name: string): boolean {
    return this.all.every(({ protocols }) => protocols.some((protocol) => protocol.name === name))
  }
}

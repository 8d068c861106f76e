import { errorCode } from '../../core/protocol/error-code.js'
import type { Cancel } from '../../model/clock.js'
import type { ErrorCode, JoinGroupRequest, JoinGroupResponse } from '../../ports/kafka-calls.js'
import { answerJoin, answerSync, type Member, metadataFor, refusedJoin, refusedSync } from './group-member.js'

/** Who is in a group: its members by id and by `group.instance.id`, its leader, and ids that are given but not used yet. */
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
  /** The ids that were given with MEMBER_ID_REQUIRED and have not joined yet. */
  get pending(): readonly string[] {
    return [...this.pendingIds.keys()]
  }
  /** Who has got an id is waited for too (`ClassicGroup.hasAllMembersJoined`). */
  get allJoined(): boolean {
    return this.pendingIds.size === 0 && this.all.every(({ joining }) => joining !== null)
  }
  /** The longest of all: that of a single slow member counts for the group. */
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

  /** Its session is over, and where it led another does. */
  remove(member: Member): void {
    this.byId.delete(member.id)
    if (member.groupInstanceId !== null) this.idOfInstance.delete(member.groupInstanceId)
    member.session?.()
    if (member.id === this.leaderId) this.leaderId = this.all[0]?.id ?? null
  }

  /**
   * A static member comes back under another id and takes over all that the former incarnation had, the lead too. What
   * is held of that one is answered as fenced (`ClassicGroup.replaceStaticMember`).
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

  /** Whether the id was given and not used yet; from now on it is not. */
  takePending(memberId: string): boolean {
    this.pendingIds.get(memberId)?.()
    return this.pendingIds.delete(memberId)
  }

  /** All sessions end without effect, those of the pending ids too. */
  forgetSessions(): void {
    for (const session of this.pendingIds.values()) session()
    for (const member of this.byId.values()) member.session?.()
  }

  /** Whether a request may speak for the member that it names (`ClassicGroup.validateMember`). */
  refusal({ memberId, groupInstanceId }: Pick<JoinGroupRequest, 'memberId' | 'groupInstanceId'>): ErrorCode {
    if (groupInstanceId !== null) {
      const current = this.idOfInstance.get(groupInstanceId)
      if (current === undefined) return errorCode.UNKNOWN_MEMBER_ID
      if (current !== memberId) return errorCode.FENCED_INSTANCE_ID
    }
    return this.byId.has(memberId) ? errorCode.NONE : errorCode.UNKNOWN_MEMBER_ID
  }

  /**
   * Whether one of the protocols is known to every member. To a member's own former protocols too: one that is alone
   * cannot go over to another either, before it has left (`ClassicGroup.supportsProtocols`).
   */
  support(protocols: JoinGroupRequest['protocols']): boolean {
    return protocols.some(({ name }) => this.isCommon(name))
  }

  /** Each member votes for the first of its protocols that all have; the most votes win. */
  selectProtocol(): string {
    const votes = new Map<string, number>()
    for (const { protocols } of this.byId.values()) {
      const choice = protocols.find(({ name }) => this.isCommon(name))?.name ?? ''
      votes.set(choice, (votes.get(choice) ?? 0) + 1)
    }
    return [...votes].sort((a, b) => b[1] - a[1])[0]?.[0] ?? ''
  }

  /** Hands the lead to one that has joined, where the leader has not; false where nobody has. */
  electJoinedLeader(): boolean {
    if (this.leaderId === null) return false
    if (this.byId.get(this.leaderId)?.joining === null)
      this.leaderId = this.all.find(({ joining }) => joining !== null)?.id ?? this.leaderId
    return this.byId.get(this.leaderId)?.joining !== null
  }

  /** The members as JoinGroup describes them to the leader. */
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

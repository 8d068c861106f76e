import { errorCode as code } from '../core/error-code.js'
import type { Cancel, Clock } from '../model/clock.js'
import type {
  ErrorCode,
  GroupMember,
  JoinGroupRequest,
  JoinGroupResponse,
  SyncGroupRequest,
  SyncGroupResponse
} from '../ports/kafka-calls.js'

/** The states of a classic consumer group, by Kafka's names. */
export type GroupState = 'Empty' | 'PreparingRebalance' | 'CompletingRebalance' | 'Stable'

interface Member {
  readonly id: string
  readonly groupInstanceId: string | null
  sessionTimeoutMs: number
  rebalanceTimeoutMs: number
  protocols: JoinGroupRequest['protocols']
  assignment: Uint8Array
  joining: ((answer: JoinGroupResponse) => void) | null
  syncing: ((answer: SyncGroupResponse) => void) | null
  session: Cancel | null
}

/** What `describeGroup` shows. */
export interface GroupDescription {
  readonly groupId: string
  readonly state: GroupState
  readonly generation: number
  readonly protocol: string
  readonly members: readonly string[]
}

const nothing = new Uint8Array(0)

/**
 * Kafka's classic group coordinator, for one group: generations, the join and sync barriers, sessions.
 * It answers through callbacks, since joins and syncs are held until the whole group is there.
 */
export class GroupCoordinator {
  private readonly groupId: string
  private readonly clock: Clock
  private readonly newMemberId: () => string
  private readonly members = new Map<string, Member>()
  private readonly pending = new Set<string>()
  private current: GroupState = 'Empty'
  private generation = 0
  private protocol = ''
  private leader = ''
  private deadline: Cancel | null = null

  constructor(groupId: string, clock: Clock, newMemberId: () => string) {
    this.groupId = groupId
    this.clock = clock
    this.newMemberId = newMemberId
  }

  describe(): GroupDescription {
    const { groupId, current: state, generation, protocol } = this
    return { groupId, state, generation, protocol, members: [...this.members.keys()] }
  }

  join(request: JoinGroupRequest, answer: (answer: JoinGroupResponse) => void): void {
    const { memberId } = request
    if (request.groupId === '') {
      answer(refusedJoin(code.INVALID_GROUP_ID, memberId))
      return
    }
    if (!this.speaks(request)) {
      answer(refusedJoin(code.INCONSISTENT_GROUP_PROTOCOL, memberId))
      return
    }
    if (memberId === '') {
      // A client that dies between the two joins leaves nothing behind that the group would wait for.
      const given = this.newMemberId()
      this.pending.add(given)
      answer(refusedJoin(code.MEMBER_ID_REQUIRED, given))
      return
    }
    const known = this.members.get(memberId)
    if (known === undefined && !this.pending.delete(memberId)) {
      answer(refusedJoin(code.UNKNOWN_MEMBER_ID, memberId))
      return
    }
    if (known === undefined) this.admit(request, answer)
    else this.rejoin(known, request, answer)
  }

  sync(request: SyncGroupRequest, answer: (answer: SyncGroupResponse) => void): void {
    const member = this.members.get(request.memberId)
    const refused = this.check(request)
    if (refused !== code.NONE || member === undefined) {
      answer({ code: refused, assignment: nothing })
      return
    }
    switch (this.current) {
      case 'Empty':
        answer({ code: code.UNKNOWN_MEMBER_ID, assignment: nothing })
        break
      case 'PreparingRebalance':
        answer({ code: code.REBALANCE_IN_PROGRESS, assignment: nothing })
        break
      case 'CompletingRebalance':
        member.syncing = answer
        this.keepAlive(member)
        if (member.id === this.leader) this.settle(request)
        break
      case 'Stable':
        this.keepAlive(member)
        answer({ code: code.NONE, assignment: member.assignment })
        break
    }
  }

  heartbeat(request: GroupMember): ErrorCode {
    const refused = this.check(request)
    const member = this.members.get(request.memberId)
    if (refused !== code.NONE || member === undefined) return refused
    this.keepAlive(member)
    return this.current === 'PreparingRebalance' ? code.REBALANCE_IN_PROGRESS : code.NONE
  }

  leave(memberId: string): ErrorCode {
    if (this.pending.delete(memberId)) return code.NONE
    const member = this.members.get(memberId)
    if (member === undefined) return code.UNKNOWN_MEMBER_ID
    this.remove(member)
    return code.NONE
  }

  /** Whether a commit is taken; an offset may also be stored from outside while the group has no members. */
  mayCommit(request: GroupMember): ErrorCode {
    if (request.generation < 0 && request.memberId === '')
      return this.members.size === 0 ? code.NONE : code.UNKNOWN_MEMBER_ID
    const refused = this.check(request)
    const member = this.members.get(request.memberId)
    if (refused !== code.NONE || member === undefined) return refused
    if (this.current === 'CompletingRebalance') return code.REBALANCE_IN_PROGRESS
    this.keepAlive(member)
    return code.NONE
  }

  private check(request: GroupMember): ErrorCode {
    if (!this.members.has(request.memberId)) return code.UNKNOWN_MEMBER_ID
    return request.generation === this.generation ? code.NONE : code.ILLEGAL_GENERATION
  }

  /** A member has to share a protocol with all the others. */
  private speaks(request: JoinGroupRequest): boolean {
    if (request.protocols.length === 0) return false
    const others = [...this.members.values()].filter((member) => member.id !== request.memberId)
    if (others.length === 0) return true
    return request.protocols.some(({ name }) =>
      others.every((other) => other.protocols.some((protocol) => protocol.name === name))
    )
  }

  private admit(request: JoinGroupRequest, answer: (answer: JoinGroupResponse) => void): void {
    const { memberId: id, groupInstanceId, sessionTimeoutMs, rebalanceTimeoutMs, protocols } = request
    this.members.set(id, {
      id,
      groupInstanceId,
      sessionTimeoutMs,
      rebalanceTimeoutMs,
      protocols,
      assignment: nothing,
      joining: answer,
      syncing: null,
      session: null
    })
    this.prepare()
  }

  private rejoin(member: Member, request: JoinGroupRequest, answer: (answer: JoinGroupResponse) => void): void {
    const changed = !sameProtocols(member.protocols, request.protocols)
    member.protocols = request.protocols
    member.sessionTimeoutMs = request.sessionTimeoutMs
    member.rebalanceTimeoutMs = request.rebalanceTimeoutMs
    // A follower that asks again with nothing new is told what is; a leader that does has the group assign anew.
    const settled = this.current === 'CompletingRebalance' || (this.current === 'Stable' && member.id !== this.leader)
    if (settled && !changed) {
      this.keepAlive(member)
      answer(this.joined(member))
      return
    }
    member.joining = answer
    this.prepare()
  }

  private prepare(): void {
    if (this.current !== 'PreparingRebalance') {
      this.current = 'PreparingRebalance'
      for (const member of this.members.values()) {
        member.syncing?.({ code: code.REBALANCE_IN_PROGRESS, assignment: nothing })
        member.syncing = null
      }
      const longest = Math.max(...[...this.members.values()].map((member) => member.rebalanceTimeoutMs))
      this.deadline = this.clock.schedule(longest, () => {
        for (const member of [...this.members.values()]) if (member.joining === null) this.drop(member)
        this.complete()
      })
    }
    this.completeIfAllJoined()
  }

  private completeIfAllJoined(): void {
    if (this.current !== 'PreparingRebalance') return
    for (const member of this.members.values()) if (member.joining === null) return
    this.complete()
  }

  private complete(): void {
    this.deadline?.()
    this.deadline = null
    this.generation++
    if (this.members.size === 0) {
      this.current = 'Empty'
      return
    }
    this.current = 'CompletingRebalance'
    this.protocol = this.elect()
    if (!this.members.has(this.leader)) this.leader = [...this.members.keys()][0] ?? ''
    for (const member of this.members.values()) {
      member.assignment = nothing
      const { joining } = member
      member.joining = null
      this.keepAlive(member)
      joining?.(this.joined(member))
    }
  }

  private joined(member: Member): JoinGroupResponse {
    const { generation, protocol, leader } = this
    const metadataOf = (other: Member): Uint8Array =>
      other.protocols.find(({ name }) => name === protocol)?.metadata ?? nothing
    const members =
      member.id === leader
        ? [...this.members.values()].map((other) => ({
            memberId: other.id,
            groupInstanceId: other.groupInstanceId,
            metadata: metadataOf(other)
          }))
        : []
    return { code: code.NONE, generation, protocol, leader, skipAssignment: false, memberId: member.id, members }
  }

  /** Each member votes for the first of its protocols that all have; the most votes win. */
  private elect(): string {
    const all = [...this.members.values()]
    const common = (name: string): boolean =>
      all.every(({ protocols }) => protocols.some((other) => other.name === name))
    const votes = new Map<string, number>()
    for (const { protocols } of all) {
      const choice = protocols.find(({ name }) => common(name))?.name ?? ''
      votes.set(choice, (votes.get(choice) ?? 0) + 1)
    }
    return [...votes].sort((a, b) => b[1] - a[1])[0]?.[0] ?? ''
  }

  private settle({ assignments }: SyncGroupRequest): void {
    this.current = 'Stable'
    const given = new Map(assignments.map(({ memberId, assignment }) => [memberId, assignment]))
    for (const member of this.members.values()) {
      member.assignment = given.get(member.id) ?? nothing
      member.syncing?.({ code: code.NONE, assignment: member.assignment })
      member.syncing = null
    }
  }

  private keepAlive(member: Member): void {
    member.session?.()
    member.session = this.clock.schedule(member.sessionTimeoutMs, () => {
      // Its JoinGroup is being held: the client cannot send heartbeats, and is not expected to.
      if (member.joining === null) this.remove(member)
    })
  }

  private remove(member: Member): void {
    this.drop(member)
    if (this.current === 'PreparingRebalance') this.completeIfAllJoined()
    else this.prepareWithout()
  }

  private prepareWithout(): void {
    if (this.members.size > 0) this.prepare()
    else {
      this.current = 'Empty'
      this.generation++
    }
  }

  private drop(member: Member): void {
    this.members.delete(member.id)
    member.session?.()
    member.joining?.(refusedJoin(code.UNKNOWN_MEMBER_ID, member.id))
    member.syncing?.({ code: code.UNKNOWN_MEMBER_ID, assignment: nothing })
    member.joining = member.syncing = null
  }
}

const refusedJoin = (refused: ErrorCode, memberId: string): JoinGroupResponse => ({
  code: refused,
  generation: -1,
  protocol: '',
  leader: '',
  skipAssignment: false,
  memberId,
  members: []
})

const sameProtocols = (a: JoinGroupRequest['protocols'], b: JoinGroupRequest['protocols']): boolean =>
  a.length === b.length &&
  a.every(({ name, metadata }, index) => name === b[index]?.name && metadata.join() === b[index].metadata.join())

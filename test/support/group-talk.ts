import { GroupCoordinator } from '../../src/sources/memory/group-coordinator.js'
import type { GroupDescription, GroupState } from '../../src/sources/memory/group-description.js'
import { encodeAssignment } from '../../src/core/group/member-subscription.js'
import type {
  GroupMember,
  JoinGroupRequest,
  JoinGroupResponse,
  SyncGroupRequest,
  SyncGroupResponse
} from '../../src/ports/kafka-calls.js'
import { VirtualClock } from './virtual-clock.js'

export const sessionTimeoutMs = 1_000
export const rebalanceTimeoutMs = 5_000

export const speaking = (...names: readonly string[]): JoinGroupRequest['protocols'] =>
  names.map((name) => ({ name, metadata: new TextEncoder().encode(`${name}'s`) }))

/** What the leader gives a member in these tests. */
export const share = (memberId: string): Uint8Array => encodeAssignment([{ topic: `of ${memberId}`, partition: 0 }])

/** A coordinator and those who talk to it. A request's answers are a list: empty as long as it is held. */
export class Talk {
  readonly clock = new VirtualClock()
  readonly group: GroupCoordinator

  constructor() {
    let given = 0
    this.group = new GroupCoordinator('g', this.clock, () => `m${String(++given)}`)
  }

  get state(): GroupState {
    return this.group.describe().state
  }
  get generation(): number {
    return this.group.describe().generation
  }
  get members(): readonly string[] {
    return this.group.describe().members.map(({ memberId }) => memberId)
  }
  get described(): GroupDescription {
    return this.group.describe()
  }

  join(memberId: string, change: Partial<JoinGroupRequest> = {}): readonly JoinGroupResponse[] {
    const answers: JoinGroupResponse[] = []
    const request = {
      groupId: 'g',
      memberId,
      groupInstanceId: null,
      sessionTimeoutMs,
      rebalanceTimeoutMs,
      protocols: speaking('range'),
      ...change
    }
    this.group.join(request, (answer) => answers.push(answer))
    return answers
  }
  /** Both requests of a new member: the one that gets it an id, and the one that is held. */
  enter(change: Partial<JoinGroupRequest> = {}): readonly JoinGroupResponse[] {
    return this.join(this.join('', change)[0]?.memberId ?? '', change)
  }
  sync(memberId: string, change: Partial<SyncGroupRequest> = {}): readonly SyncGroupResponse[] {
    const answers: SyncGroupResponse[] = []
    this.group.sync({ ...this.member(memberId), assignments: [], ...change }, (answer) => answers.push(answer))
    return answers
  }
  heartbeat(memberId: string, generation = this.generation, groupInstanceId: string | null = null): number {
    return this.group.heartbeat({ ...this.member(memberId), generation, groupInstanceId })
  }
  mayCommit(memberId: string, generation = this.generation, groupInstanceId: string | null = null): number {
    return this.group.mayCommit({ ...this.member(memberId), generation, groupInstanceId })
  }
  leave(memberId: string, groupInstanceId: string | null = null): number {
    return this.group.leave(memberId, groupInstanceId)
  }
  /** Every member joins once more, in this order. */
  rejoin(...memberIds: readonly string[]): readonly (readonly JoinGroupResponse[])[] {
    return memberIds.map((memberId) => this.join(memberId))
  }
  /** The leader, `m1`, gives everyone a share of its own, and everyone takes it. */
  settle(): void {
    this.sync('m1', { assignments: this.members.map((memberId) => ({ memberId, assignment: share(memberId) })) })
    for (const memberId of this.members) if (memberId !== 'm1') this.sync(memberId)
  }
  /** Time passes, with heartbeats of these members in between. */
  pass(ms: number, ...alive: readonly string[]): void {
    for (let left = ms; left > 0; left -= 500) {
      this.clock.advance(Math.min(500, left))
      for (const memberId of alive) this.heartbeat(memberId)
    }
  }

  private member(memberId: string): GroupMember {
    return { groupId: 'g', generation: this.generation, memberId, groupInstanceId: null }
  }
}

/** A group of `m1`, who leads, and `m2`, in its second generation; while it prepares, `m3` has come. */
export const groupIn = (state: GroupState): Talk => {
  const talk = new Talk()
  if (state !== 'Empty') {
    talk.enter()
    talk.enter()
    talk.rejoin('m1')
    if (state !== 'CompletingRebalance') talk.settle()
    if (state === 'PreparingRebalance') talk.enter()
  }
  if (talk.state !== state) throw new Error(`the group is ${talk.state}`)
  return talk
}

export const codes = (answers: readonly { readonly code: number }[]): readonly number[] =>
  answers.map((answer) => answer.code)

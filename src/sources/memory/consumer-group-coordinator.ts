import {
  type ConsumerGroupHeartbeatRequest,
  type ConsumerGroupHeartbeatResponse,
  memberEpoch
} from '../../core/group/consumer-protocol/heartbeat-messages.js'
import { idKeyOf, type TopicIdPartition } from '../../core/group/consumer-protocol/topic-id-partition.js'
import { errorCode as code } from '../../core/protocol/error-code.js'
import type { Clock } from '../../model/clock.js'
import type { TopicPartition } from '../../model/topic-partition.js'
import type { ErrorCode, GroupMember } from '../../ports/kafka-calls.js'
import type { GroupDescription } from './group-description.js'
import { fencing, refusalOf, refusedHeartbeat } from './heartbeat-checks.js'
import { remoteAssignors } from './remote-assignors.js'
import { isSame, newMember, reconcile, type RemoteMemberState, subscribes } from './remote-member.js'

/** A topic as the coordinator knows it. */
export interface CoordinatedTopic {
  readonly topic: string
  readonly topicId: string
  readonly partitions: number
}

/** What a broker sets for its consumer groups. */
export interface ConsumerGroupRules {
  readonly heartbeatIntervalMs: number
  readonly sessionTimeoutMs: number
}

/**
 * Kafka's coordinator of a group under the consumer protocol (KIP-848): epochs, target assignments, reconciliation, sessions,
 * static members. The rules are those of Kafka's `GroupMetadataManager` and `CurrentAssignmentBuilder`. It does not convert
 * groups of the classic protocol, nor take members of that in.
 */
export class ConsumerGroupCoordinator {
  private readonly groupId: string
  private readonly clock: Clock
  private readonly rules: ConsumerGroupRules
  private readonly topics: () => readonly CoordinatedTopic[]
  private readonly members = new Map<string, RemoteMemberState>()
  private epoch = 0
  private readonly target = { epoch: 0, assignor: '', of: new Map<string, readonly TopicIdPartition[]>() }
  private knownTopics = ''

  constructor(groupId: string, clock: Clock, rules: ConsumerGroupRules, topics: () => readonly CoordinatedTopic[]) {
    this.groupId = groupId
    this.clock = clock
    this.rules = rules
    this.topics = topics
  }

  /** Whether anybody is a member by this protocol. */
  get hasMembers(): boolean {
    return this.members.size > 0
  }
  /** Whether anybody ever was. */
  get wasUsed(): boolean {
    return this.epoch > 0
  }

  describe(): GroupDescription {
    const all = [...this.members.values()]
    const isAtRest = all.every((one) => one.state === 'stable' && one.epoch === this.target.epoch)
    const busy = this.epoch > this.target.epoch ? 'Assigning' : isAtRest ? 'Stable' : 'Reconciling'
    const names = new Map(this.topics().map(({ topicId, topic }) => [topicId, topic]))
    const place = ({ topicId, partition }: TopicIdPartition): TopicPartition => ({ topic: names.get(topicId) ?? topicId, partition }) // prettier-ignore
    return {
      groupId: this.groupId,
      state: all.length === 0 ? 'Empty' : busy,
      generation: this.epoch,
      protocol: all.length === 0 ? null : this.target.assignor,
      leader: null,
      members: all.map((one) => ({
        memberId: one.id,
        groupInstanceId: one.groupInstanceId,
        assignment: one.assigned.map(place),
        held: null
      })),
      pending: []
    }
  }

  heartbeat(request: ConsumerGroupHeartbeatRequest): ConsumerGroupHeartbeatResponse {
    const refused = refusalOf(request)
    if (refused !== null) return refused
    if (request.memberEpoch < 0) return this.leave(request)
    const member = this.memberOf(request)
    if (typeof member === 'number') return refusedHeartbeat(member)
    const fenced = fencing(member, request)
    if (fenced !== code.NONE) return refusedHeartbeat(fenced)
    const isJoining = request.memberEpoch === memberEpoch.join
    const isFull = isJoining || (request.rebalanceTimeoutMs !== null && request.owned !== null)
    this.hear(member, request)
    this.assign()
    const before = member.assigned
    reconcile(member, {
      targetEpoch: this.target.epoch,
      target: this.target.of.get(member.id) ?? [],
      owned: request.owned,
      isHeldByAnother: (partition) => this.isHeld(partition, member)
    })
    this.keepAlive(member)
    this.watchRevocation(member)
    const isNews = isFull || !isSame(before, member.assigned)
    return {
      ...refusedHeartbeat(code.NONE),
      memberId: member.id,
      memberEpoch: member.epoch,
      heartbeatIntervalMs: this.rules.heartbeatIntervalMs,
      assignment: isNews ? member.assigned : null
    }
  }

  /** `ConsumerGroup.validateOffsetCommit` since Kafka 4.3 takes any epoch since the assignment (KIP-1251); this is as before it. */
  mayCommit({ memberId, generation }: Pick<GroupMember, 'memberId' | 'generation'>): ErrorCode {
    const member = this.members.get(memberId)
    if (member === undefined) return code.UNKNOWN_MEMBER_ID
    return member.epoch === generation ? code.NONE : code.STALE_MEMBER_EPOCH
  }

  /** Whoever does not say who it is may read. */
  mayFetch(reader: Pick<GroupMember, 'memberId' | 'generation'> | null): ErrorCode {
    return reader === null ? code.NONE : this.mayCommit(reader)
  }

  expireSession(memberId: string): void {
    const member = this.members.get(memberId)
    if (member !== undefined) this.remove(member)
  }

  /** Another broker coordinates the group from now on: all of it is in the log, and sessions begin anew. */
  moved(): void {
    for (const member of this.members.values()) this.keepAlive(member)
  }

  private memberOf(request: ConsumerGroupHeartbeatRequest): RemoteMemberState | ErrorCode {
    const { memberId, groupInstanceId, memberEpoch: epoch } = request
    const known = this.members.get(memberId)
    const former = groupInstanceId === null ? undefined : this.ofInstance(groupInstanceId)
    if (epoch !== memberEpoch.join) {
      if (former !== undefined && former.id !== memberId) return code.FENCED_INSTANCE_ID
      return known ?? code.UNKNOWN_MEMBER_ID
    }
    if (former === undefined || former === known) return known ?? this.add(newMember(request))
    if (former.epoch !== memberEpoch.leaveForAWhile) return code.UNRELEASED_INSTANCE_ID
    // It goes on with what its former self had.
    this.members.delete(former.id)
    former.session?.()
    former.revocation?.()
    this.target.of.set(memberId, this.target.of.get(former.id) ?? [])
    this.target.of.delete(former.id)
    return this.add({ ...former, id: memberId, epoch: 0, previousEpoch: 0, session: null, revocation: null })
  }

  private add(member: RemoteMemberState): RemoteMemberState {
    this.members.set(member.id, member)
    return member
  }

  private ofInstance(groupInstanceId: string): RemoteMemberState | undefined {
    return [...this.members.values()].find((one) => one.groupInstanceId === groupInstanceId)
  }

  /** What a member says of itself; another subscription makes another epoch of the group. */
  private hear(member: RemoteMemberState, request: ConsumerGroupHeartbeatRequest): void {
    const before = [...member.topics].sort().join() + String(member.pattern) + String(member.assignor)
    member.topics = request.topics ?? member.topics
    if (request.pattern !== null) member.pattern = request.pattern === '' ? null : request.pattern
    member.assignor = request.assignor ?? member.assignor
    member.rebalanceTimeoutMs = request.rebalanceTimeoutMs ?? member.rebalanceTimeoutMs
    const said = [...member.topics].sort().join() + String(member.pattern) + String(member.assignor)
    const isNew = !this.target.of.has(member.id)
    const topics = this.subscribedTopics().map(({ topicId, partitions }) => `${topicId} ${String(partitions)}`).join() // prettier-ignore
    if (isNew || said !== before || topics !== this.knownTopics) this.epoch++
    this.knownTopics = topics
  }

  private subscribedTopics(): readonly CoordinatedTopic[] {
    const all = [...this.members.values()]
    return this.topics().filter(({ topic }) => all.some((member) => subscribes(member, topic)))
  }

  /** Makes the target of the group's epoch, unless there is one. */
  private assign(): void {
    const { target } = this
    if (this.epoch <= target.epoch) return
    const all = [...this.members.values()]
    const topics = this.subscribedTopics()
    const partitions = topics.flatMap(({ topicId, partitions: count }) =>
      Array.from({ length: count }, (_, partition) => ({ topicId, partition }))
    )
    const members = all.map((member) => ({
      id: member.id,
      groupInstanceId: member.groupInstanceId,
      topicIds: new Set(topics.filter(({ topic }) => subscribes(member, topic)).map(({ topicId }) => topicId)),
      target: target.of.get(member.id) ?? []
    }))
    target.assignor = this.mostWanted(all)
    const made = remoteAssignors.get(target.assignor)?.(members, partitions) ?? new Map<string, never>()
    target.of = new Map(made)
    target.epoch = this.epoch
  }

  /** The assignor that most of the members ask for. */
  private mostWanted(all: readonly RemoteMemberState[]): string {
    const [first = ''] = remoteAssignors.keys()
    const wanted = all.flatMap(({ assignor }) => assignor ?? [])
    const votes = (name: string): number => wanted.filter((one) => one === name).length
    return [...new Set(wanted)].sort((a, b) => votes(b) - votes(a))[0] ?? first
  }

  private isHeld(partition: TopicIdPartition, by: RemoteMemberState): boolean {
    const key = idKeyOf(partition)
    return [...this.members.values()].some(
      (one) => one !== by && [...one.assigned, ...one.pendingRevocation].some((held) => idKeyOf(held) === key)
    )
  }

  private leave({
    memberId,
    memberEpoch: epoch,
    groupInstanceId
  }: ConsumerGroupHeartbeatRequest): ConsumerGroupHeartbeatResponse {
    // prettier-ignore
    const former = groupInstanceId === null ? undefined : this.ofInstance(groupInstanceId)
    if (former !== undefined && former.id !== memberId) return refusedHeartbeat(code.FENCED_INSTANCE_ID)
    const member = this.members.get(memberId)
    if (member === undefined) return refusedHeartbeat(code.UNKNOWN_MEMBER_ID)
    if (epoch === memberEpoch.leaveForAWhile) {
      member.epoch = memberEpoch.leaveForAWhile
      member.revocation?.()
      member.revocation = null
    } else this.remove(member)
    return { ...refusedHeartbeat(code.NONE), memberId, memberEpoch: epoch }
  }

  private remove(member: RemoteMemberState): void {
    member.session?.()
    member.revocation?.()
    this.members.delete(member.id)
    this.target.of.delete(member.id)
    this.epoch++
  }

  private keepAlive(member: RemoteMemberState): void {
    member.session?.()
    member.session = this.clock.schedule(this.rules.sessionTimeoutMs, () => {
      this.expireSession(member.id)
    })
  }

  private watchRevocation(member: RemoteMemberState): void {
    if (member.state !== 'unrevoked') {
      member.revocation?.()
      member.revocation = null
      return
    }
    member.revocation ??= this.clock.schedule(member.rebalanceTimeoutMs, () => {
      this.expireSession(member.id)
    })
  }
}

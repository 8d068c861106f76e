import { idKeyOf, type TopicIdPartition } from '../../core/group/consumer-protocol/topic-id-partition.js'
import type { Clock } from '../../model/clock.js'
import type { TopicPartition } from '../../model/topic-partition.js'
import type { GroupDescription } from './group-description.js'
import { remoteAssignors } from './remote-assignors.js'
import { newMember, noTimers, reconcile, type RemoteMemberState, subscribes } from './remote-member.js'

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

/** What a member says of itself; what is left out stays as it was. */
export interface SaidOfMember {
  readonly topics?: readonly string[] | null
  /** '' for none any more */
  readonly pattern?: string | null
  readonly assignor?: string | null
  readonly rebalanceTimeoutMs?: number | null
}

/**
 * A group under the consumer protocol as its coordinator has it: members of either protocol, epochs, the target assignment,
 * sessions. The rules are those of Kafka's `ConsumerGroup`, and of those methods of `GroupMetadataManager` that change it.
 */
export class ConsumerGroup {
  readonly clock: Clock
  readonly rules: ConsumerGroupRules
  readonly members = new Map<string, RemoteMemberState>()
  private readonly groupId: string
  private readonly topics: () => readonly CoordinatedTopic[]
  private readonly onlyClassicLeft: (rebalances: boolean) => void
  private currentEpoch = 0
  private readonly target = { epoch: 0, assignor: '', of: new Map<string, readonly TopicIdPartition[]>() }
  private knownTopics = ''

  /** @param onlyClassicLeft called when the last member by the consumer protocol has gone, and others are there */
  constructor(
    groupId: string,
    clock: Clock,
    rules: ConsumerGroupRules,
    topics: () => readonly CoordinatedTopic[],
    onlyClassicLeft: (rebalances: boolean) => void
  ) {
    this.groupId = groupId
    this.clock = clock
    this.rules = rules
    this.topics = topics
    this.onlyClassicLeft = onlyClassicLeft
  }

  get epoch(): number {
    return this.currentEpoch
  }
  /** Whether nobody is by the consumer protocol, and there are members. */
  isAllClassic(): boolean {
    return this.members.size > 0 && [...this.members.values()].every(({ classic }) => classic !== null)
  }

  describe(): GroupDescription {
    const all = [...this.members.values()]
    const { target, epoch } = this
    const isAtRest = all.every((one) => one.state === 'stable' && one.epoch === target.epoch)
    const busy = epoch > target.epoch ? 'Assigning' : isAtRest ? 'Stable' : 'Reconciling'
    return {
      groupId: this.groupId,
      state: all.length === 0 ? 'Empty' : busy,
      generation: epoch,
      protocol: all.length === 0 ? null : target.assignor,
      leader: null,
      members: all.map((one) => ({
        memberId: one.id,
        groupInstanceId: one.groupInstanceId,
        assignment: this.named(one.assigned),
        held: null
      })),
      pending: []
    }
  }

  /** The same partitions by the names of their topics. */
  named(partitions: readonly TopicIdPartition[]): readonly TopicPartition[] {
    const names = new Map(this.topics().map(({ topicId, topic }) => [topicId, topic]))
    return partitions.map(({ topicId, partition }) => ({ topic: names.get(topicId) ?? topicId, partition }))
  }

  /** The same for a member by the classic protocol: those of topics that there are not any more are left out. */
  assignmentOf(partitions: readonly TopicIdPartition[]): readonly TopicPartition[] {
    const ids = new Set(this.topics().map(({ topicId }) => topicId))
    return this.named(partitions.filter(({ topicId }) => ids.has(topicId)))
  }

  /** The other way round; those of topics that there are not are left out. */
  identified(partitions: readonly TopicPartition[]): readonly TopicIdPartition[] {
    const ids = new Map(this.topics().map(({ topicId, topic }) => [topic, topicId]))
    return partitions.flatMap(({ topic, partition }) => {
      const topicId = ids.get(topic)
      return topicId === undefined ? [] : [{ topicId, partition }]
    })
  }

  ofInstance(groupInstanceId: string): RemoteMemberState | undefined {
    return [...this.members.values()].find((one) => one.groupInstanceId === groupInstanceId)
  }

  /** The member of that id, which may be new. */
  memberOf(id: string, groupInstanceId: string | null): RemoteMemberState {
    const member = this.members.get(id) ?? newMember(id, groupInstanceId)
    this.members.set(id, member)
    return member
  }

  /** A static member goes on with what its former self had. */
  replace(former: RemoteMemberState, id: string): RemoteMemberState {
    this.members.delete(former.id)
    stopTimers(former)
    this.target.of.set(id, this.target.of.get(former.id) ?? [])
    this.target.of.delete(former.id)
    const member = { ...former, id, epoch: 0, previousEpoch: 0, timers: noTimers() }
    this.members.set(id, member)
    return member
  }

  /** What a member says of itself; another subscription makes another epoch of the group. Returns whether it did. */
  hear(member: RemoteMemberState, said: SaidOfMember): boolean {
    const before = spoken(member)
    member.topics = said.topics ?? member.topics
    if (said.pattern != null) member.pattern = said.pattern === '' ? null : said.pattern
    member.assignor = said.assignor ?? member.assignor
    member.rebalanceTimeoutMs = said.rebalanceTimeoutMs ?? member.rebalanceTimeoutMs
    const isNew = !this.target.of.has(member.id)
    const topics = this.subscribedTopics().map(({ topicId, partitions }) => `${topicId} ${String(partitions)}`).join() // prettier-ignore
    const isBumped = isNew || spoken(member) !== before || topics !== this.knownTopics
    if (isBumped) this.currentEpoch++
    this.knownTopics = topics
    return isBumped
  }

  /** Makes a target if the group's epoch has none, and brings the member as near to its own as is possible by now. */
  advance(member: RemoteMemberState, owned: readonly TopicIdPartition[] | null): void {
    this.assign()
    this.reconcile(member, owned)
  }

  /** The same by the target that there is. */
  reconcile(member: RemoteMemberState, owned: readonly TopicIdPartition[] | null): void {
    reconcile(member, {
      targetEpoch: this.target.epoch,
      target: this.target.of.get(member.id) ?? [],
      owned,
      isHeldByAnother: (partition) => this.isHeld(partition, member)
    })
  }

  /** Whether a part of the member's target is another's still. */
  isWaiting(member: RemoteMemberState): boolean {
    const has = new Set(member.assigned.map(idKeyOf))
    const target = this.target.of.get(member.id) ?? []
    return target.some((one) => !has.has(idKeyOf(one)) && this.isHeld(one, member))
  }

  keepAlive(member: RemoteMemberState): void {
    member.timers.session?.()
    member.timers.session = this.clock.schedule(member.classic?.sessionTimeoutMs ?? this.rules.sessionTimeoutMs, () => {
      this.fence(member)
    })
  }

  /** The member is fenced unless the timer is ended within its rebalance timeout. One that runs is not begun anew. */
  watch(member: RemoteMemberState, timer: 'revocation' | 'join' | 'sync'): void {
    member.timers[timer] ??= this.clock.schedule(member.rebalanceTimeoutMs, () => {
      this.fence(member)
    })
  }

  /** The group goes on without the member (`consumerGroupFenceMember`). */
  fence(member: RemoteMemberState): void {
    if (this.members.get(member.id) !== member) return
    stopTimers(member)
    this.members.delete(member.id)
    this.target.of.delete(member.id)
    if (this.isAllClassic()) this.onlyClassicLeft(true)
    else this.currentEpoch++
  }

  /** Another broker coordinates the group from now on: all of it is in the log, and sessions begin anew. */
  moved(): void {
    for (const member of this.members.values()) {
      endTimer(member, 'join')
      endTimer(member, 'sync')
      this.keepAlive(member)
    }
  }

  /** What the group last meant the member to have. */
  targetOf(member: RemoteMemberState): readonly TopicIdPartition[] {
    return this.target.of.get(member.id) ?? []
  }

  /** Members that come with what they have: that is their target (`ConsumerGroup.fromClassicGroup`). */
  begin(epoch: number, members: readonly RemoteMemberState[]): void {
    this.currentEpoch = this.target.epoch = epoch
    for (const member of members) {
      this.members.set(member.id, member)
      this.target.of.set(member.id, member.assigned)
      this.keepAlive(member)
    }
  }

  /** Nothing is left of the group. */
  clear(): void {
    for (const member of this.members.values()) stopTimers(member)
    this.members.clear()
    this.target.of.clear()
    this.currentEpoch = this.target.epoch = 0
    this.knownTopics = ''
  }

  private subscribedTopics(): readonly CoordinatedTopic[] {
    const all = [...this.members.values()]
    return this.topics().filter(({ topic }) => all.some((member) => subscribes(member, topic)))
  }

  private assign(): void {
    const { target } = this
    if (this.currentEpoch <= target.epoch) return
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
    target.assignor = mostWanted(all)
    const made = remoteAssignors.get(target.assignor)?.(members, partitions) ?? new Map<string, never>()
    target.of = new Map(made)
    target.epoch = this.currentEpoch
  }

  private isHeld(partition: TopicIdPartition, by: RemoteMemberState): boolean {
    const key = idKeyOf(partition)
    return [...this.members.values()].some(
      (one) => one !== by && [...one.assigned, ...one.pendingRevocation].some((held) => idKeyOf(held) === key)
    )
  }
}

/** The timer ends without effect. */
export const endTimer = ({ timers }: RemoteMemberState, timer: keyof RemoteMemberState['timers']): void => {
  timers[timer]?.()
  timers[timer] = null
}

const stopTimers = (member: RemoteMemberState): void => {
  for (const timer of ['session', 'revocation', 'join', 'sync'] as const) endTimer(member, timer)
}

const spoken = ({ topics, pattern, assignor }: RemoteMemberState): string =>
  [...topics].sort().join() + String(pattern) + String(assignor)

/** The assignor that most of the members ask for. */
const mostWanted = (all: readonly RemoteMemberState[]): string => {
  const [first = ''] = remoteAssignors.keys()
  const wanted = all.flatMap(({ assignor }) => assignor ?? [])
  const votes = (name: string): number => wanted.filter((one) => one === name).length
  return [...new Set(wanted)].sort((a, b) => votes(b) - votes(a))[0] ?? first
}

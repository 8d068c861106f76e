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

/** A broker's settings for its consumer groups. */
export interface ConsumerGroupRules {
  readonly heartbeatIntervalMs: number
  readonly sessionTimeoutMs: number
}

/** The fields of a member that its request changes. Fields that are left out keep their value. */
export interface MemberUpdate {
  readonly topics?: readonly string[] | null
  /** '' removes the pattern */
  readonly pattern?: string | null
  readonly assignor?: string | null
  readonly rebalanceTimeoutMs?: number | null
}

/**
 * The coordinator's state of a group under the consumer protocol: members of either protocol, epochs, the target assignment,
 * sessions. It follows Kafka's `ConsumerGroup`, and the methods of `GroupMetadataManager` that change one.
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

  /** @param onlyClassicLeft called when the last member by the consumer protocol has left and classic members remain */
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
  /** Whether the group has members, all of them by the classic protocol. */
  isAllClassic(): boolean {
    return this.members.size > 0 && [...this.members.values()].every(({ classic }) => classic !== null)
  }

  describe(): GroupDescription {
    const all = [...this.members.values()]
    const { target, epoch } = this
    const isStable = all.every((one) => one.state === 'stable' && one.epoch === target.epoch)
    const busy = epoch > target.epoch ? 'Assigning' : isStable ? 'Stable' : 'Reconciling'
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

  /** Replaces topic ids by topic names. */
  named(partitions: readonly TopicIdPartition[]): readonly TopicPartition[] {
    const names = new Map(this.topics().map(({ topicId, topic }) => [topicId, topic]))
    return partitions.map(({ topicId, partition }) => ({ topic: names.get(topicId) ?? topicId, partition }))
  }

  /** The assignment of a member by the classic protocol. Partitions of deleted topics are left out. */
  assignmentOf(partitions: readonly TopicIdPartition[]): readonly TopicPartition[] {
    const ids = new Set(this.topics().map(({ topicId }) => topicId))
    return this.named(partitions.filter(({ topicId }) => ids.has(topicId)))
  }

  /** Replaces topic names by topic ids. Partitions of deleted topics are left out. */
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

  /** The member with this id. Adds it if the group does not have it yet. */
  memberOf(id: string, groupInstanceId: string | null): RemoteMemberState {
    const member = this.members.get(id) ?? newMember(id, groupInstanceId)
    this.members.set(id, member)
    return member
  }

  /** A static member comes back with a new id, and keeps its target assignment. */
  replace(former: RemoteMemberState, id: string): RemoteMemberState {
    this.members.delete(former.id)
    stopTimers(former)
    this.target.of.set(id, this.target.of.get(former.id) ?? [])
    this.target.of.delete(former.id)
    const member = { ...former, id, epoch: 0, previousEpoch: 0, timers: noTimers() }
    this.members.set(id, member)
    return member
  }

  /** Updates a member. A changed subscription bumps the group epoch. Returns whether it did. */
  updateMember(member: RemoteMemberState, update: MemberUpdate): boolean {
    const before = subscriptionOf(member)
    member.topics = update.topics ?? member.topics
    if (update.pattern != null) member.pattern = update.pattern === '' ? null : update.pattern
    member.assignor = update.assignor ?? member.assignor
    member.rebalanceTimeoutMs = update.rebalanceTimeoutMs ?? member.rebalanceTimeoutMs
    const isNew = !this.target.of.has(member.id)
    const topics = this.subscribedTopics()
      .map(({ topicId, partitions }) => `${topicId} ${String(partitions)}`)
      .join()
    const isBumped = isNew || subscriptionOf(member) !== before || topics !== this.knownTopics
    if (isBumped) this.currentEpoch++
    this.knownTopics = topics
    return isBumped
  }

  /** Computes the target assignment if the group epoch has none yet, and reconciles the member with it. */
  advance(member: RemoteMemberState, owned: readonly TopicIdPartition[] | null): void {
    this.assign()
    this.reconcile(member, owned)
  }

  /** Moves the member towards the current target assignment, as far as other members have released its partitions. */
  reconcile(member: RemoteMemberState, owned: readonly TopicIdPartition[] | null): void {
    reconcile(member, {
      targetEpoch: this.target.epoch,
      target: this.target.of.get(member.id) ?? [],
      owned,
      isHeldByAnother: (partition) => this.isHeld(partition, member)
    })
  }

  /** Whether another member still owns a partition of this member's target assignment. */
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

  /** Fences the member unless `endTimer` is called within its rebalance timeout. A running timer is not restarted. */
  watch(member: RemoteMemberState, timer: 'revocation' | 'join' | 'sync'): void {
    member.timers[timer] ??= this.clock.schedule(member.rebalanceTimeoutMs, () => {
      this.fence(member)
    })
  }

  /** Removes the member from the group (`consumerGroupFenceMember`). */
  fence(member: RemoteMemberState): void {
    if (this.members.get(member.id) !== member) return
    stopTimers(member)
    this.members.delete(member.id)
    this.target.of.delete(member.id)
    if (this.isAllClassic()) this.onlyClassicLeft(true)
    else this.currentEpoch++
  }

  /** Another broker becomes the group's coordinator: it reads the state from the log, and sessions begin again. */
  moved(): void {
    for (const member of this.members.values()) {
      endTimer(member, 'join')
      endTimer(member, 'sync')
      this.keepAlive(member)
    }
  }

  /** The member's last target assignment. */
  targetOf(member: RemoteMemberState): readonly TopicIdPartition[] {
    return this.target.of.get(member.id) ?? []
  }

  /** Adds the members of a classic group. Their assignment becomes the target (`ConsumerGroup.fromClassicGroup`). */
  begin(epoch: number, members: readonly RemoteMemberState[]): void {
    this.currentEpoch = this.target.epoch = epoch
    for (const member of members) {
      this.members.set(member.id, member)
      this.target.of.set(member.id, member.assigned)
      this.keepAlive(member)
    }
  }

  /** Removes all members and resets the epochs. */
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

/** Cancels the timer. */
export const endTimer = ({ timers }: RemoteMemberState, timer: keyof RemoteMemberState['timers']): void => {
  timers[timer]?.()
  timers[timer] = null
}

const stopTimers = (member: RemoteMemberState): void => {
  for (const timer of ['session', 'revocation', 'join', 'sync'] as const) endTimer(member, timer)
}

const subscriptionOf = ({ topics, pattern, assignor }: RemoteMemberState): string =>
  [...topics].sort().join() + String(pattern) + String(assignor)

/** The assignor that most members name. */
const mostWanted = (all: readonly RemoteMemberState[]): string => {
  const [first = ''] = remoteAssignors.keys()
  const requested = all.flatMap(({ assignor }) => assignor ?? [])
  const votes = (name: string): number => requested.filter((one) => one === name).length
  return [...new Set(requested)].sort((a, b) => votes(b) - votes(a))[0] ?? first
}

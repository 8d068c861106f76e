import { memberEpoch } from '../../core/group/consumer-protocol/heartbeat-messages.js'
import type { TopicIdPartition } from '../../core/group/consumer-protocol/topic-id-partition.js'
import { errorCode as code } from '../../core/protocol/error-code.js'
import type { Cancel, Clock } from '../../model/clock.js'
import { byPlace, type TopicPartition } from '../../model/topic-partition.js'
import type { ConsumerGroupHeartbeatResponse, ShareGroupHeartbeatRequest } from '../../ports/kafka-calls.js'
import type { ConsumerGroupRules, CoordinatedTopic } from './consumer-group.js'
import { refusedHeartbeat } from './heartbeat-checks.js'

interface Member {
  readonly id: string
  topics: readonly string[]
  epoch: number
  previousEpoch: number
  session: Cancel | null
}

/** The coordinator's context in the model. */
export interface ShareCoordinatorSurroundings {
  readonly clock: Clock
  readonly rules: ConsumerGroupRules
  readonly topics: () => readonly CoordinatedTopic[]
  /** The member does not belong to the group any more. */
  readonly gone: (memberId: string) => void
}

/**
 * Kafka's coordinator of a share group (KIP-932): epochs, sessions, and the assignment, which takes effect at once, since
 * several members may have the same partitions.
 */
export class ShareGroupCoordinator {
  private readonly around: ShareCoordinatorSurroundings
  private readonly members = new Map<string, Member>()
  private epoch = 0
  private knownTopics = ''

  constructor(around: ShareCoordinatorSurroundings) {
    this.around = around
  }

  get memberIds(): readonly string[] {
    return [...this.members.keys()]
  }
  /** Whether the group exists: it ever had a member, or its offsets were set. */
  get wasUsed(): boolean {
    return this.epoch > 0
  }

  /** Each member with its assigned partitions. */
  describe(): readonly { readonly memberId: string; readonly assignment: readonly TopicPartition[] }[] {
    const topics = this.around.topics()
    const named = ({ topicId, partition }: TopicIdPartition): readonly TopicPartition[] =>
      topics.flatMap((one) => (one.topicId === topicId ? [{ topic: one.topic, partition }] : []))
    return [...this.members.values()].map((member) => ({
      memberId: member.id,
      assignment: this.assignmentOf(member).flatMap(named).sort(byPlace)
    }))
  }

  heartbeat(request: ShareGroupHeartbeatRequest): ConsumerGroupHeartbeatResponse {
    const { groupId, memberId, memberEpoch: epoch, topics } = request
    const isJoining = epoch === memberEpoch.join
    if (groupId.trim() === '' || memberId.trim() === '' || (isJoining && (topics === null || topics.length === 0)))
      return refusedHeartbeat(code.INVALID_REQUEST)
    const known = this.members.get(memberId)
    if (epoch < 0) {
      if (known === undefined) return refusedHeartbeat(code.UNKNOWN_MEMBER_ID)
      this.remove(known)
      return { ...refusedHeartbeat(code.NONE), memberId, memberEpoch: epoch }
    }
    if (known === undefined && !isJoining) return refusedHeartbeat(code.UNKNOWN_MEMBER_ID)
    const member = known ?? { id: memberId, topics: [], epoch: 0, previousEpoch: 0, session: null }
    const isOther = epoch !== member.epoch && epoch !== member.previousEpoch
    if (!isJoining && isOther) return refusedHeartbeat(code.FENCED_MEMBER_EPOCH)
    this.hear(member, topics)
    const isNews = isJoining || topics !== null || member.epoch !== this.epoch
    if (member.epoch !== this.epoch) {
      member.previousEpoch = member.epoch
      member.epoch = this.epoch
    }
    this.keepAlive(member)
    return {
      ...refusedHeartbeat(code.NONE),
      memberId,
      memberEpoch: member.epoch,
      heartbeatIntervalMs: this.around.rules.heartbeatIntervalMs,
      assignment: isNews ? this.assignmentOf(member) : null
    }
  }

  /** Creates the group without members. */
  make(): void {
    this.epoch = Math.max(1, this.epoch)
  }

  expireSession(memberId: string): void {
    const member = this.members.get(memberId)
    if (member !== undefined) this.remove(member)
  }

  private hear(member: Member, topics: readonly string[] | null): void {
    const before = member.topics.join()
    member.topics = topics ?? member.topics
    const isNew = !this.members.has(member.id)
    this.members.set(member.id, member)
    const present = this.around
      .topics()
      .map(({ topicId, partitions }) => `${topicId} ${String(partitions)}`)
      .join()
    if (isNew || before !== member.topics.join() || present !== this.knownTopics) this.epoch++
    this.knownTopics = present
  }

  /** Each partition has a member, and each member a partition, as in Kafka's `SimpleAssignor`. */
  private assignmentOf(member: Member): readonly TopicIdPartition[] {
    return this.around.topics().flatMap(({ topic, topicId, partitions }) => {
      const subscribers = [...this.members.values()]
        .filter((one) => one.topics.includes(topic))
        .map(({ id }) => id)
        .sort()
      const at = subscribers.indexOf(member.id)
      if (at < 0) return []
      const isHis = (partition: number): boolean =>
        subscribers.length > partitions ? at % partitions === partition : partition % subscribers.length === at
      return Array.from({ length: partitions }, (_, partition) => ({ topicId, partition })).filter((one) =>
        isHis(one.partition)
      )
    })
  }

  private remove(member: Member): void {
    member.session?.()
    this.members.delete(member.id)
    this.epoch++
    this.around.gone(member.id)
  }

  private keepAlive(member: Member): void {
    member.session?.()
    member.session = this.around.clock.schedule(this.around.rules.sessionTimeoutMs, () => {
      this.expireSession(member.id)
    })
  }
}

import { keyOf, placeOf, type TopicPartition } from '../../../model/topic-partition.js'
import { type AssignmentChange, OwnedPartitions } from '../owned-partitions.js'
import { TargetAssignment } from './target-assignment.js'
import type { TopicIdPartition } from './topic-id-partition.js'

/**
 * The partitions assigned to a member, those it holds, and those it reports as owned. A held partition belongs to the topic
 * whose ID it was assigned with. When another topic takes the name, the partition is given up and nothing is committed for it:
 * the group may have assigned the new topic's partition to another member already.
 */
export class IdentifiedPartitions {
  readonly ownedPartitions = new OwnedPartitions()
  private readonly target = new TargetAssignment()
  /** the topic IDs under which the group knows the held partitions */
  private readonly ids = new Map<string, TopicIdPartition>()

  /**
   * What the member reports to the group: held partitions, being released or not, and assigned ones whose topic name is still
   * unknown.
   */
  get owned(): readonly TopicIdPartition[] {
    const held = this.ownedPartitions.held.flatMap((one) => this.ids.get(keyOf(one)) ?? [])
    return [...held, ...this.target.unresolved]
  }

  /** The ID of an assigned topic whose name is still unknown; null if there is none. */
  get unknownTopic(): string | null {
    return this.target.unresolved[0]?.topicId ?? null
  }

  /** True if nothing is held, and nothing assigned waits for a topic name. */
  get isEmpty(): boolean {
    return this.ownedPartitions.isEmpty && this.target.unresolved.length === 0
  }

  assign(assignment: readonly TopicIdPartition[]): AssignmentChange {
    this.target.assign(assignment)
    return this.resolve()
  }

  /** Learns the names of topic IDs; `resolve` returns what follows for the assigned partitions. */
  learn(names: ReadonlyMap<string, string>): void {
    this.target.learn(names)
  }

  /** Takes partitions that were assigned again while they were being released. */
  take(): readonly TopicPartition[] {
    return this.identified(this.ownedPartitions.take())
  }

  /** Identifies the ownership of a partition; null if not held, or if another topic has the name by now. */
  ownershipOf(partition: TopicPartition): TopicPartition | null {
    const id = this.ids.get(keyOf(partition))
    return id?.topicId === this.target.idOf(partition.topic) ? this.ownedPartitions.ownershipOf(partition) : null
  }

  clear(): readonly TopicPartition[] {
    this.target.clear()
    this.ids.clear()
    return this.ownedPartitions.clear()
  }

  /** Holds the assigned partitions whose name is known. */
  resolve(): AssignmentChange {
    const assigned = this.target.resolved.map(placeOf)
    const { gained, kept, revoked } = this.ownedPartitions.assign(assigned)
    this.identified(gained)
    const isFormer = (one: TopicPartition): boolean => this.ownershipOf(one) === null
    return { gained, kept: kept.filter((one) => !isFormer(one)), revoked: [...revoked, ...kept.filter(isFormer)] }
  }

  /**
   * Unassigns held partitions whose name belongs to another topic by now, and returns those that are not being released yet.
   */
  unassignFormer(): readonly TopicPartition[] {
    const former = this.ownedPartitions.staying.filter((one) => this.ownershipOf(one) === null)
    this.ownedPartitions.unassign(former)
    return former
  }

  /** Records the topics that have the names now as the topics of these partitions. */
  private identified(gained: readonly TopicPartition[]): readonly TopicPartition[] {
    for (const { topic, partition } of gained) {
      const topicId = this.target.idOf(topic)
      if (topicId !== null) this.ids.set(keyOf({ topic, partition }), { topicId, partition })
    }
    return gained
  }
}

import { keyOf, placeOf, type TopicPartition } from '../../../model/topic-partition.js'
import { type AssignmentChange, OwnedPartitions } from '../owned-partitions.js'
import { TargetAssignment } from './target-assignment.js'
import type { TopicIdPartition } from './topic-id-partition.js'

/**
 * The partitions assigned to a member, those it holds, and those it reports as owned. A partition is held as one of the
 * topic by whose id it was assigned: when another topic has taken the name, it is given up, and nothing is committed for it. The
 * group may have assigned the partition of the new topic to another member already.
 */
export class IdentifiedPartitions {
  readonly holdings = new OwnedPartitions()
  private readonly target = new TargetAssignment()
  /** the ids by which the group knows the held partitions */
  private readonly ids = new Map<string, TopicIdPartition>()

  /**
   * What the member reports to the group: held partitions, being released or not, and those whose topic's name is
   * unknown yet.
   */
  get owned(): readonly TopicIdPartition[] {
    const held = this.holdings.held.flatMap((one) => this.ids.get(keyOf(one)) ?? [])
    return [...held, ...this.target.unresolved]
  }

  get hasUnknownTopics(): boolean {
    return this.target.unresolved.length > 0
  }

  /** Whether nothing is held, and nothing is assigned that may be read later. */
  get isNothing(): boolean {
    return this.holdings.isEmpty && this.target.unresolved.length === 0
  }

  assign(given: readonly TopicIdPartition[]): AssignmentChange {
    this.target.assign(given)
    return this.resolve()
  }

  /** Learns the names of ids; `resolve` returns what follows for the assigned partitions. */
  learn(names: ReadonlyMap<string, string>): void {
    this.target.learn(names)
  }

  /** Assigned again while it was being released. */
  take(): readonly TopicPartition[] {
    return this.identified(this.holdings.take())
  }

  /** The member's holding of a partition; null if there is none, or if another topic has the name by now. */
  holdingOf(partition: TopicPartition): TopicPartition | null {
    const id = this.ids.get(keyOf(partition))
    return id?.topicId === this.target.idOf(partition.topic) ? this.holdings.holdingOf(partition) : null
  }

  clear(): readonly TopicPartition[] {
    this.target.clear()
    this.ids.clear()
    return this.holdings.clear()
  }

  /** Holds the assigned partitions whose name is known. */
  resolve(): AssignmentChange {
    const assigned = this.target.resolved.map(placeOf)
    const { gained, kept, revoked } = this.holdings.assign(assigned)
    this.identified(gained)
    const isFormer = (one: TopicPartition): boolean => this.holdingOf(one) === null
    return { gained, kept: kept.filter((one) => !isFormer(one)), revoked: [...revoked, ...kept.filter(isFormer)] }
  }

  /** Those that are held and not being released, although another topic has the name by now: they are not assigned any more. */
  unassignFormer(): readonly TopicPartition[] {
    const former = this.holdings.staying.filter((one) => this.holdingOf(one) === null)
    this.holdings.unassign(former)
    return former
  }

  /** These are held as partitions of the topics that have the names now. */
  private identified(gained: readonly TopicPartition[]): readonly TopicPartition[] {
    for (const { topic, partition } of gained) {
      const topicId = this.target.idOf(topic)
      if (topicId !== null) this.ids.set(keyOf({ topic, partition }), { topicId, partition })
    }
    return gained
  }
}

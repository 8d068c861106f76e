import { keyOf, type TopicPartition } from '../../../model/topic-partition.js'
import { type AssignmentChange, OwnedPartitions } from '../owned-partitions.js'
import { TargetAssignment } from './target-assignment.js'
import type { TopicIdPartition } from './topic-id-partition.js'

/** The partitions assigned to a member, those it holds, and those it reports as owned. */
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
    return this.holdings.take()
  }

  clear(): readonly TopicPartition[] {
    this.target.clear()
    this.ids.clear()
    return this.holdings.clear()
  }

  /** Holds the assigned partitions whose name is known. */
  resolve(): AssignmentChange {
    const { resolved } = this.target
    for (const { topicId, topic, partition } of resolved)
      this.ids.set(keyOf({ topic, partition }), { topicId, partition })
    return this.holdings.assign(resolved.map(({ topic, partition }) => ({ topic, partition })))
  }
}

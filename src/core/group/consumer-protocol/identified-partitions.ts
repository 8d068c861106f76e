import { keyOf, type TopicPartition } from '../../../model/topic-partition.js'
import { type AssignmentChange, OwnedPartitions } from '../owned-partitions.js'
import { TargetAssignment } from './target-assignment.js'
import type { TopicIdPartition } from './topic-id-partition.js'

/** What a member has been assigned, what of it it holds, and what it says that it owns. */
export class IdentifiedPartitions {
  readonly holdings = new OwnedPartitions()
  private readonly target = new TargetAssignment()
  /** by which ids the group knows what is held */
  private readonly ids = new Map<string, TopicIdPartition>()

  /** What the group is told: what is held, given up or not, and what waits for its topic's name. */
  get owned(): readonly TopicIdPartition[] {
    const held = this.holdings.held.flatMap((one) => this.ids.get(keyOf(one)) ?? [])
    return [...held, ...this.target.unresolved]
  }

  get hasUnknownTopics(): boolean {
    return this.target.unresolved.length > 0
  }

  /** Whether neither anything is held, nor anything is assigned that may be read some day. */
  get isNothing(): boolean {
    return this.holdings.isEmpty && this.target.unresolved.length === 0
  }

  assign(given: readonly TopicIdPartition[]): AssignmentChange {
    this.target.assign(given)
    return this.resolve()
  }

  /** What ids mean; what follows for what is assigned `resolve` says. */
  learn(names: ReadonlyMap<string, string>): void {
    this.target.learn(names)
  }

  /** Given back while it was being given up. */
  take(): readonly TopicPartition[] {
    return this.holdings.take()
  }

  clear(): readonly TopicPartition[] {
    this.target.clear()
    this.ids.clear()
    return this.holdings.clear()
  }

  /** Holds what is assigned and known by name. */
  resolve(): AssignmentChange {
    const { resolved } = this.target
    for (const { topicId, topic, partition } of resolved)
      this.ids.set(keyOf({ topic, partition }), { topicId, partition })
    return this.holdings.assign(resolved.map(({ topic, partition }) => ({ topic, partition })))
  }
}

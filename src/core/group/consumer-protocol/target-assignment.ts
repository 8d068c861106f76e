import { keyOf, type TopicPartition } from '../../../model/topic-partition.js'
import { idKeyOf, type TopicIdPartition } from './topic-id-partition.js'

/** A partition with the id of its topic. */
export interface IdentifiedPartition extends TopicPartition, TopicIdPartition {}

/**
 * What the group has assigned to the member, by topic ids. A topic that the metadata does not know yet is assigned all the
 * same: the member owns it, and reads it when its name is known. An id that was known once keeps its name.
 */
export class TargetAssignment {
  private entries: readonly TopicIdPartition[] = []
  private readonly names = new Map<string, string>()

  /** What makes no sense is left out: nobody could read it. */
  assign(given: readonly TopicIdPartition[]): void {
    const once = new Map(given.filter(isPossible).map((one) => [idKeyOf(one), one]))
    this.entries = [...once.values()]
  }

  learn(names: ReadonlyMap<string, string>): void {
    for (const [id, name] of names) this.names.set(id, name)
  }

  /** Those whose topic is known. */
  get resolved(): readonly IdentifiedPartition[] {
    const found = this.entries.flatMap(({ topicId, partition }) => {
      const topic = this.names.get(topicId)
      return topic === undefined ? [] : [{ topicId, topic, partition }]
    })
    return [...new Map(found.map((one) => [keyOf(one), one])).values()]
  }

  get unresolved(): readonly TopicIdPartition[] {
    return this.entries.filter(({ topicId }) => !this.names.has(topicId))
  }

  clear(): void {
    this.entries = []
  }
}

const isPossible = ({ partition }: TopicIdPartition): boolean => Number.isSafeInteger(partition) && partition >= 0

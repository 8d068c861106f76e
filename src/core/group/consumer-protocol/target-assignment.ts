import type { TopicPartition } from '../../../model/topic-partition.js'
import { idKeyOf, type TopicIdPartition } from './topic-id-partition.js'

/** A partition with the id of its topic. */
export interface ResolvedPartition extends TopicPartition, TopicIdPartition {}

/**
 * The partitions that the group has assigned to the member, by topic IDs. The member owns a partition even if the metadata does
 * not know its topic yet, and reads it when the name is known. The name of an ID stays until another topic has it.
 */
export class TargetAssignment {
  private entries: readonly TopicIdPartition[] = []
  private readonly names = new Map<string, string>()
  /** IDs by name; if several topics had the name, the latest */
  private readonly idsByName = new Map<string, string>()

  /** Assigns these partitions, except invalid ones, which cannot be read. */
  assign(assignment: readonly TopicIdPartition[]): void {
    const once = new Map(assignment.filter(isPossible).map((one) => [idKeyOf(one), one]))
    this.entries = [...once.values()]
  }

  learn(names: ReadonlyMap<string, string>): void {
    for (const [id, name] of names) {
      const former = this.idsByName.get(name)
      if (former !== undefined && former !== id) this.names.delete(former)
      this.idsByName.set(name, id)
      this.names.set(id, name)
    }
  }

  /** The ID of the topic that has the name; null if unknown. */
  idOf(topic: string): string | null {
    return this.idsByName.get(topic) ?? null
  }

  /** The partitions with known topic names. */
  get resolved(): readonly ResolvedPartition[] {
    return this.entries.flatMap(({ topicId, partition }) => {
      const topic = this.names.get(topicId)
      return topic === undefined ? [] : [{ topicId, topic, partition }]
    })
  }

  get unresolved(): readonly TopicIdPartition[] {
    return this.entries.filter(({ topicId }) => !this.names.has(topicId))
  }

  clear(): void {
    this.entries = []
  }
}

const isPossible = ({ partition }: TopicIdPartition): boolean => Number.isSafeInteger(partition) && partition >= 0

import type { TopicPartition } from '../../../model/topic-partition.js'
import { idKeyOf, type TopicIdPartition } from './topic-id-partition.js'

/** A partition with the id of its topic. */
export interface ResolvedPartition extends TopicPartition, TopicIdPartition {}

/**
 * The partitions that the group has assigned to the member, by topic ids. A topic that the metadata does not know yet
 * is assigned nevertheless: the member owns it, and reads it when its name is known. The name of an id is kept once it
 * is known, until another topic has the name.
 */
export class TargetAssignment {
  private entries: readonly TopicIdPartition[] = []
  private readonly names = new Map<string, string>()
  /** the other way round: of several topics in turn the last one */
  private readonly idsByName = new Map<string, string>()

  /** Invalid partitions are left out: they cannot be read. */
  assign(given: readonly TopicIdPartition[]): void {
    const once = new Map(given.filter(isPossible).map((one) => [idKeyOf(one), one]))
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

  /** The id of the topic that has the name, as far as it is known. */
  idOf(topic: string): string | null {
    return this.idsByName.get(topic) ?? null
  }

  /** Those whose topic's name is known. */
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

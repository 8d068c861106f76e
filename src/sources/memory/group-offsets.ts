import { partitionKey, type TopicPartition } from '../../model/topic-partition.js'

/** An offset as the group has it. */
export interface CommittedEntry {
  readonly offset: bigint
  readonly leaderEpoch: number
  readonly metadata: string
}

/** What a group has committed, and what open transactions are about to commit for it. */
export class GroupOffsets {
  private readonly stored = new Map<string, CommittedEntry>()
  /** By the producer of the transaction. */
  private readonly pending = new Map<bigint, Map<string, CommittedEntry>>()

  of({ topic, partition }: TopicPartition): CommittedEntry | undefined {
    return this.stored.get(partitionKey(topic, partition))
  }

  /** How many partitions have one. */
  get size(): number {
    return this.stored.size
  }

  store({ topic, partition }: TopicPartition, offset: CommittedEntry): void {
    this.stored.set(partitionKey(topic, partition), offset)
  }

  /** The topic is deleted. */
  forget(topic: string): void {
    for (const key of this.stored.keys()) if (key.startsWith(`${topic}/`)) this.stored.delete(key)
  }

  /** It is stored when the producer's transaction is committed. */
  pend(producerId: bigint, { topic, partition }: TopicPartition, offset: CommittedEntry): void {
    const offsets = this.pending.get(producerId) ?? new Map<string, CommittedEntry>()
    this.pending.set(producerId, offsets)
    offsets.set(partitionKey(topic, partition), offset)
  }

  isUnstable({ topic, partition }: TopicPartition): boolean {
    const key = partitionKey(topic, partition)
    return [...this.pending.values()].some((offsets) => offsets.has(key))
  }

  ended(producerId: bigint, end: 'commit' | 'abort'): void {
    const offsets = this.pending.get(producerId) ?? []
    this.pending.delete(producerId)
    if (end === 'commit') for (const [key, offset] of offsets) this.stored.set(key, offset)
  }
}

import { partitionKey, type TopicPartition } from '../../model/topic-partition.js'

/** A committed offset. */
export interface CommittedEntry {
  readonly offset: bigint
  readonly leaderEpoch: number
  readonly metadata: string
}

/** The committed offsets of a group, and those that open transactions will commit. */
export class GroupOffsets {
  private readonly stored = new Map<string, CommittedEntry>()
  /** By the transaction's producer. */
  private readonly pending = new Map<bigint, Map<string, CommittedEntry>>()

  of({ topic, partition }: TopicPartition): CommittedEntry | undefined {
    return this.stored.get(partitionKey(topic, partition))
  }

  /** The number of partitions with an offset. */
  get size(): number {
    return this.stored.size
  }

  store({ topic, partition }: TopicPartition, offset: CommittedEntry): void {
    this.stored.set(partitionKey(topic, partition), offset)
  }

  /** Removes the offsets of a deleted topic. */
  forget(topic: string): void {
    for (const key of this.stored.keys()) if (key.startsWith(`${topic}/`)) this.stored.delete(key)
  }

  /** Keeps the offset until the producer's transaction is committed. */
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

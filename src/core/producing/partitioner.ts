import { partitionForKey } from './murmur2.js'

/** Java's default `batch.size`: about how much goes to one partition before a record without a key goes to another. */
const stickyBytes = 16_384

/** The partitions to choose from. */
export interface Partitions {
  readonly count: number
  /** Those that have a leader; undefined if all have. */
  readonly available?: readonly number[]
  /** How many batches wait for each of the available ones; left out: they are all alike. */
  readonly queued?: readonly number[]
}

/**
 * Chooses partitions as Java's default partitioner does: by the key's murmur2; without a key one partition at a time, for
 * about a batch's worth of bytes, and then a random one, the likelier the fewer batches wait for it. An empty key is a key.
 */
export class Partitioner {
  private readonly random: () => number
  private readonly stickyBytes: number
  private readonly sticky = new Map<string, { readonly partition: number; bytes: number }>()

  constructor(random: () => number, bytes = stickyBytes) {
    this.random = random
    this.stickyBytes = bytes
  }

  choose(topic: string, key: Uint8Array | null, partitions: Partitions): number {
    if (key !== null) return partitionForKey(key, partitions.count)
    const current = this.sticky.get(topic)
    if (current !== undefined && current.partition < partitions.count) return current.partition
    return this.moveOn(topic, partitions)
  }

  /**
   * A record without a key went to the chosen partition. Returns true once another is due; then call `moveOn`: when
   * a batch is full; with a batch half full in linger, at twice its size at the latest.
   */
  placed(topic: string, bytes: number, batchIsFull: boolean): boolean {
    const current = this.sticky.get(topic)
    if (current === undefined) return false
    current.bytes += bytes
    return (current.bytes >= this.stickyBytes && batchIsFull) || current.bytes >= this.stickyBytes * 2
  }

  /** Chooses another partition for the records without a key. */
  moveOn(topic: string, partitions: Partitions): number {
    const partition = nextPartition(this.random, partitions)
    this.sticky.set(topic, { partition, bytes: 0 })
    return partition
  }
}

const nextPartition = (random: () => number, { count, available, queued }: Partitions): number => {
  const among = available === undefined || available.length === 0 ? null : available
  const choices = among?.length ?? count
  if (queued === undefined || queued.length < 2 || queued.every((size) => size === queued[0])) {
    const index = Math.floor(random() * choices)
    return among === null ? index : (among[index] ?? 0)
  }
  // The longest queue weighs 1, an empty one as much as the longest has batches and 1.
  const heaviest = Math.max(...queued) + 1
  let left = Math.floor(random() * queued.reduce((sum, size) => sum + heaviest - size, 0))
  const index = queued.findIndex((size) => {
    left -= heaviest - size
    return left < 0
  })
  return among === null ? index : (among[index] ?? 0)
}

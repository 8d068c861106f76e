import { partitionForKey } from './murmur2.js'

/** Java's default `batch.size`: roughly how many bytes go to one partition before records without a key go to another. */
const stickyBytes = 16_384

/** The partitions to choose from. */
export interface Partitions {
  readonly count: number
  /** Those with a leader; undefined if all have one. */
  readonly available?: readonly number[]
  /** The number of batches that wait for each available partition; omitted: equal for all. */
  readonly queued?: readonly number[]
}

/**
 * Chooses partitions as Java's default partitioner does: by the murmur2 hash of the key. Records without a key go to one
 * partition for about a batch's worth of bytes, and then to a random one; the fewer batches wait for it, the likelier it is. An
 * empty key is a key.
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
   * A record without a key went to the chosen partition. Returns true when another partition is due; then call `moveOn`. That
   * is when a batch is full, or at twice its size if the batch was only half full and lingers.
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
  // The longest queue weighs 1, an empty one the length of the longest plus 1.
  const heaviest = Math.max(...queued) + 1
  let left = Math.floor(random() * queued.reduce((sum, size) => sum + heaviest - size, 0))
  const index = queued.findIndex((size) => {
    left -= heaviest - size
    return left < 0
  })
  return among === null ? index : (among[index] ?? 0)
}

import type { Bytes } from '../model/bytes.js'
import { partitionForKey } from './murmur2.js'

/** Java's default `batch.size`: how much goes to one partition before a record without a key goes to another. */
const stickyBytes = 16_384

/**
 * Chooses partitions as Java's default partitioner does: by the key's murmur2; without a key one partition at a time, for
 * about a batch's worth of bytes. An empty key is a key.
 */
export class Partitioner {
  private readonly random: () => number
  private readonly sticky = new Map<string, { readonly partition: number; bytes: number }>()

  constructor(random: () => number) {
    this.random = random
  }

  choose(topic: string, key: Bytes, valueBytes: number, partitions: number): number {
    if (key !== null) return partitionForKey(key, partitions)
    let current = this.sticky.get(topic)
    if (current === undefined || current.partition >= partitions || current.bytes >= stickyBytes) {
      current = { partition: this.other(current?.partition, partitions), bytes: 0 }
      this.sticky.set(topic, current)
    }
    current.bytes += valueBytes
    return current.partition
  }

  private other(former: number | undefined, partitions: number): number {
    if (former === undefined || former >= partitions || partitions === 1) return Math.floor(this.random() * partitions)
    const next = Math.floor(this.random() * (partitions - 1))
    return next >= former ? next + 1 : next
  }
}

import { NameCounts } from '../scheduling/name-hash.js'
import type { RecordPlace } from '../../model/record-place.js'
import { keyOf, type TopicPartition } from '../../model/topic-partition.js'

/**
 * The records of one partition that are held somewhere, counted by the hashes of their orders. For nearly every other record of
 * the partition it answers that no held record concerns it, without creating the strings of its place and order: that costs a
 * fraction of handling a record.
 */
export class HeldOfPartition {
  private readonly orders = new NameCounts()
  private records = 0
  private last = -1n

  get isEmpty(): boolean {
    return this.records === 0
  }

  /** @param order the hash of the order's name; null if the record has no order */
  add(offset: bigint, order: number | null): void {
    this.records++
    if (offset > this.last) this.last = offset
    if (order !== null) this.orders.add(order)
  }

  /** Ends one `add`. */
  remove(order: number | null): void {
    this.records--
    if (order !== null) this.orders.remove(order)
  }

  /** False if neither the record itself is held, nor one of its order. */
  mayConcern(offset: bigint, order: number | null): boolean {
    return this.records > 0 && (offset <= this.last || (order !== null && this.orders.mayHave(order)))
  }
}

/** The same by the partition that the records came from first. */
export class HeldRecords {
  private readonly partitions = new Map<string, HeldOfPartition>()

  of(partition: TopicPartition): HeldOfPartition {
    const key = keyOf(partition)
    const known = this.partitions.get(key) ?? new HeldOfPartition()
    this.partitions.set(key, known)
    return known
  }

  add(place: RecordPlace, order: number | null): void {
    this.of(place).add(place.offset, order)
  }

  remove(place: RecordPlace, order: number | null): void {
    this.of(place).remove(order)
  }
}

import type { PartitionPosition } from '../../model/partition-position.js'
import { keyOf, type TopicPartition } from '../../model/topic-partition.js'

/** Rates cover at least this much time. */
const sampleMs = 1_000

/** Records a second. */
export type PartitionRates = readonly [delivered: number, settled: number, committed: number]

interface Sample {
  readonly at: number
  readonly delivered: number
  readonly settled: number
  /** the committed offset, or the position if there was none */
  readonly committed: bigint | null
  readonly rates: PartitionRates
}

const still: PartitionRates = [0, 0, 0]

/** How fast each partition advances between two readings. */
export class StatusRates {
  private readonly samples = new Map<string, Sample>()

  /** Begins with newly assigned partitions, at 0 records. */
  begin(partitions: readonly TopicPartition[], now: number): void {
    for (const partition of partitions)
      this.samples.set(keyOf(partition), { at: now, delivered: 0, settled: 0, committed: null, rates: still })
  }

  clear(): void {
    this.samples.clear()
  }

  /** The rates since the last reading; if that is less than a second ago, its rates again. */
  of(partition: PartitionPosition, now: number): PartitionRates {
    const { delivered, settled, committed, position } = partition
    const key = keyOf(partition)
    const last = this.samples.get(key) ?? { at: now, delivered: 0, settled: 0, committed, rates: still }
    if (now - last.at < sampleMs) return last.rates
    const seconds = (now - last.at) / 1_000
    // After a seek, or with a new subscriber, the partition counts from 0 again.
    const grown = (from: number, to: number): number => (to < from ? to : to - from) / seconds
    const stored =
      committed === null || last.committed === null ? 0 : Math.max(0, Number(committed - last.committed)) / seconds
    const rates = [grown(last.delivered, delivered), grown(last.settled, settled), stored] as const
    // Without a committed offset it counts from its position.
    this.samples.set(key, { at: now, delivered, settled, committed: committed ?? position, rates })
    return rates
  }
}

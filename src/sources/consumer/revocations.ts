import type { PartitionDrainReport, RebalanceEvent } from '../../model/rebalance-event.js'
import { keyOf, type TopicPartition } from '../../model/topic-partition.js'

/** The progress of a revocation. */
interface Revocation {
  readonly generation: number
  readonly left: Set<TopicPartition>
  readonly reports: PartitionDrainReport[]
}

/**
 * The revocations in progress. Each is reported once as revoking, and as revoked when all its partitions have ended; partitions
 * lost meanwhile are reported as lost instead.
 */
export class Revocations {
  private readonly emit: (event: RebalanceEvent) => void
  private readonly underWay = new Set<Revocation>()

  constructor(emit: (event: RebalanceEvent) => void) {
    this.emit = emit
  }

  begin(generation: number, partitions: readonly TopicPartition[], withinMs: number): void {
    if (partitions.length === 0) return
    this.underWay.add({ generation, left: new Set(partitions), reports: [] })
    const places = partitions.map(({ topic, partition }) => ({ topic, partition }))
    this.emit({ _tag: 'revoking', generation, partitions: places, withinMs })
  }

  /** A partition was drained, or its time is up. */
  ended(partition: TopicPartition, report: PartitionDrainReport): void {
    for (const revocation of this.underWay) {
      if (!revocation.left.delete(partition)) continue
      revocation.reports.push(report)
      if (revocation.left.size === 0) this.finish(revocation)
    }
  }

  /** The member has lost these partitions. */
  lost(partitions: readonly TopicPartition[]): void {
    for (const revocation of this.underWay) {
      for (const partition of partitions) revocation.left.delete(partition)
      if (revocation.left.size === 0) this.finish(revocation)
    }
  }

  /**
   * Partitions that were assigned again while others of the same revocation are still being drained: their end is reported
   * before the new beginning.
   */
  regained(partitions: readonly TopicPartition[]): void {
    const keys = new Set(partitions.map(keyOf))
    for (const revocation of this.underWay)
      if (revocation.reports.some((report) => keys.has(keyOf(report)))) this.tellRevoked(revocation)
  }

  private finish(revocation: Revocation): void {
    this.underWay.delete(revocation)
    if (revocation.reports.length > 0) this.tellRevoked(revocation)
  }

  private tellRevoked({ generation, reports }: Revocation): void {
    this.emit({ _tag: 'revoked', generation, partitions: reports.splice(0) })
  }
}

import type { Accumulator } from '../../core/producing/accumulator.js'
import type { ProducerBatch } from '../../core/producing/producer-batch.js'
import type { ProducerStatus } from '../../model/producer-status.js'

/** The results of a producer, counted by batches. */
export class ProducerCounts {
  private accepted = 0
  private confirmed = 0
  private failed = 0
  private retries = 0

  entered(): void {
    this.accepted++
  }

  sent(batches: readonly ProducerBatch[]): void {
    for (const { attempts } of batches) if (attempts > 1) this.retries++
  }

  written(records: number): void {
    this.confirmed += records
  }

  refused(records: number): void {
    this.failed += records
  }

  status(accumulator: Accumulator, bufferMemory: number, waits: ProducerStatus['waits'], now: number): ProducerStatus {
    const { accepted, confirmed, failed, retries } = this
    const inFlight = accumulator.recordsOnWire
    const { oldest } = accumulator
    return {
      queued: accepted - confirmed - failed - inFlight,
      inFlight,
      oldestMs: oldest === null ? null : now - oldest.createdAt,
      bufferBytes: accumulator.usedBytes,
      bufferMemory,
      confirmed,
      failed,
      retries,
      waits
    }
  }
}

import type { StatusFault } from './consumer-status.js'

/** What a producer does. Counts are of records, since it was opened; `JSON.stringify` takes all of it. */
export interface ProducerStatus {
  /** given, and waiting: for their topic, for memory, for more of their batch, for their turn */
  readonly queued: number
  /** sent, and not answered yet */
  readonly inFlight: number
  /** for how long the oldest batch has waited to be confirmed; null if none does */
  readonly oldestMs: number | null
  readonly bufferBytes: number
  /** `buffer.memory` */
  readonly bufferMemory: number
  readonly confirmed: number
  readonly failed: number
  /** batches that were sent again */
  readonly retries: number
  /** what takes time, and how long it has by now */
  readonly waits: readonly {
    readonly for:
      | 'waiting for topic'
      | 'waiting for partition'
      | 'waiting for memory'
      | 'reconnecting'
      | 'retrying'
      | 'late'
      | 'throttled'
    readonly what: string
    readonly forMs: number
    readonly fault: StatusFault | null
  }[]
}

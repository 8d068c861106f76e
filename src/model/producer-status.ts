import type { StatusFault } from './consumer-status.js'
import type { ProducerWait } from './producer-event.js'

/**
 * The current state of a producer. Counts are of records, since it was opened; `JSON.stringify` can write all of it.
 */
export interface ProducerStatus {
  /** accepted, and waiting: for their topic, for memory, for their batch to fill, for their turn */
  readonly queued: number
  /** sent, and not answered yet */
  readonly inFlight: number
  /** how long the oldest batch has waited for its confirmation; null if none waits */
  readonly oldestMs: number | null
  /** how much of `buffer.memory` the batches take */
  readonly bufferBytes: number
  /** `buffer.memory` */
  readonly bufferMemory: number
  /** that the brokers have confirmed */
  readonly confirmed: number
  /** that were given up */
  readonly failed: number
  /** batches that were sent again */
  readonly retries: number
  /** what it waits for, and how long it has waited */
  readonly waits: readonly {
    readonly for: ProducerWait
    readonly what: string
    readonly forMs: number
    readonly fault: StatusFault | null
  }[]
}

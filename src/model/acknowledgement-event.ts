import type { Fault } from './fault.js'
import type { TopicPartition } from './topic-partition.js'

/** How many records of a partition were acknowledged in one request, and the result. */
export interface AcknowledgementEvent extends TopicPartition {
  readonly accepted: number
  readonly released: number
  readonly rejected: number
  /** refused by the broker, or without an answer: these records may be delivered again */
  readonly lost: number
  /** why they were lost, null if none was */
  readonly fault: Fault | null
}

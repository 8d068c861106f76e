import type { Observable } from 'rxjs'
import type { ConsumerRecord } from './consumer-record.js'
import type { TopicPartition } from './topic-partition.js'

/**
 * The records of one assignment of one partition, in the order of the log.
 *
 * - Pressure: a record is delivered only while there is credit; see `maxInFlight` and `maxUncommitted`.
 * - Completes when the partition is revoked or the consumer drains, so that operators that collect records flush.
 * - Errors only for a fault of the source itself, never for a rebalance.
 * - One subscriber at a time. Unsubscribing stops the intake; subscribing again begins at the first unsettled record.
 */
export interface PartitionStream extends Observable<ConsumerRecord>, TopicPartition {
  readonly key: TopicPartition
  /** Aborts when processing its records has become pointless: the partition was lost, or its drain timed out. */
  readonly signal: AbortSignal
}

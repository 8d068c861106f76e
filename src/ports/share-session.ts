import type { Acknowledgement, AcquiredBatch } from '../core/share/acquired-batch.js'
import type { LockLoss } from '../core/share/share-fetching-messages.js'
import type { AcknowledgementEvent } from '../model/acknowledgement-event.js'
import type { ConsumerEvent } from '../model/consumer-event.js'
import type { Fault } from '../model/fault.js'
import type { RecordRun } from '../model/record-run.js'
import type { SharePartitionLag } from '../model/share-status.js'
import type { TopicPartition } from '../model/topic-partition.js'
import type { Step } from './step.js'

export type { Acknowledgement, AcquiredBatch } from '../core/share/acquired-batch.js'
export type { LockLoss } from '../core/share/share-fetching-messages.js'

/** The records of one partition that the member has acquired. */
export interface AcquiredRun {
  /** in the order of their offsets */
  readonly batches: readonly AcquiredBatch[]
  /** the acquired records, and possibly others */
  readonly run: RecordRun
}

/** Receives the reports of a session. Calls are serial, and never come from within a call to the session. */
export interface ShareSessionHandlers {
  /** All partitions that the member fetches from now. */
  assigned(partitions: readonly TopicPartition[]): void
  acquired(acquired: AcquiredRun): void
  acknowledged(event: AcknowledgementEvent): void
  /** Acknowledgements that were not sent yet have no effect any more. */
  locksLost(batch: AcquiredBatch, records: number, reason: LockLoss): void
  event(event: ConsumerEvent): void
  /** Fatal: the session has ended, and no other call follows. */
  fault(fault: Fault): void
}

/**
 * One membership in a share group. It joins by itself, and acquires records from each broker while that broker's unacknowledged
 * records are fewer than its share of `maxInFlight`.
 */
export interface ShareSession {
  /** Has no effect on a record that is acknowledged, or whose lock is lost. */
  acknowledge(batch: AcquiredBatch, seq: number, as: Acknowledgement): void
  /** Stops acquiring; acknowledgements are sent at once. */
  stop(): void
  /**
   * Whether some broker gets no further request for records until some of its records are acknowledged. Others may still send
   * records.
   */
  readonly isFull: boolean
  /** How long the locks of a batch last, in the session's clock time, as far as known: they are renewed. */
  lastsUntil(batch: AcquiredBatch): number
  /** Records that are acquired and not acknowledged. */
  readonly locked: number
  /** The group's lag as far as known; requests it again if it is old. */
  lag(): readonly SharePartitionLag[] | null
  /** null while it is not a member */
  readonly member: { readonly memberId: string; readonly epoch: number } | null
  /**
   * Sends acknowledgements, releases the other records, closes the share sessions and leaves the group. `acknowledged` is still
   * called. Takes limited time and never fails; unsubscribing ends it at once.
   */
  leave(): Step<void>
}

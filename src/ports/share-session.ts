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

/** Records that the member has acquired of one partition. */
export interface AcquiredRun {
  /** in the order of their offsets */
  readonly batches: readonly AcquiredBatch[]
  /** the records that were acquired, and possibly others */
  readonly run: RecordRun
}

/** What a session reports to its consumer. Calls are serial, and none comes from inside a call to the session. */
export interface ShareSessionHandlers {
  /** All partitions that the member fetches from, now. */
  assigned(partitions: readonly TopicPartition[]): void
  acquired(acquired: AcquiredRun): void
  acknowledged(event: AcknowledgementEvent): void
  /** Acknowledgements of what was not acknowledged yet have no effect any more. */
  locksLost(batch: AcquiredBatch, records: number, reason: LockLoss): void
  event(event: ConsumerEvent): void
  /** Fatal: the session is over, and no other call follows. */
  fault(fault: Fault): void
}

/**
 * One membership in a share group. It joins by itself, and acquires records of each broker while fewer than its
 * share of `maxInFlight` are not acknowledged.
 */
export interface ShareSession {
  /** Has no effect on a record that is acknowledged, or whose lock is lost. */
  acknowledge(batch: AcquiredBatch, seq: number, as: Acknowledgement): void
  /** Acquires nothing more; acknowledgements are sent at once. */
  stop(): void
  /** Whether a broker is asked for more only when some of its records are acknowledged. Others may bring more. */
  readonly isFull: boolean
  /** Until when the locks of a batch last, by the session's clock: as long as they are renewed, as far as is known. */
  lastsUntil(batch: AcquiredBatch): number
  /** Records that are acquired and not acknowledged. */
  readonly locked: number
  /** The group's lag as known by now; asks for it again if that is old. */
  lag(): readonly SharePartitionLag[] | null
  /** null while it is not a member */
  readonly member: { readonly memberId: string; readonly epoch: number } | null
  /**
   * Sends what is acknowledged, releases what is not, closes its share sessions and leaves the group. `acknowledged` is
   * still called. Bounded, never fails; unsubscribing closes at once what is under way.
   */
  leave(): Step<void>
}

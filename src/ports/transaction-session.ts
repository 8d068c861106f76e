import type { DeliveryCallbacks } from '../core/producing/delivery-callbacks.js'
import type { TopicPartition } from '../model/topic-partition.js'
import type { GroupMember } from './kafka-calls.js'
import type { OutgoingRecord } from './producer-session.js'
import type { Step } from './step.js'

/** An offset that is committed with a transaction. */
export interface TransactionOffset extends TopicPartition {
  readonly offset: bigint
  readonly leaderEpoch: number
  readonly metadata: string
}

/**
 * A producer whose records become visible (to `read_committed`) together or not at all, with the offsets of the records that
 * they were made from. One transaction after the other: begin, (send | sendOffsets)*, commit or abort.
 *
 * - Temporary failures are retried; every step is answered.
 * - After a fault of a record, `sendOffsets` or `commit` the transaction can only be aborted: `commit` returns that fault
 *   again.
 * - A `FencedFault` is final: another producer has begun with the same `transactional.id`.
 */
export interface TransactionSession {
  /**
   * The first call takes over the `transactional.id`: an open transaction of another producer is aborted, and that producer is
   * fenced.
   */
  begin(): Step<void>
  /** As for a producer; outside of a transaction the record fails with a `UsageFault`. */
  send(record: OutgoingRecord, callbacks: DeliveryCallbacks, index: number): void
  /**
   * Commits these offsets of the group with the transaction; refused unless member and generation are current. An invalid
   * offset is a `ConfigFault` that names it: nothing is sent, and the transaction continues.
   */
  sendOffsets(member: GroupMember, offsets: readonly TransactionOffset[]): Step<void>
  /**
   * Waits until all records are written, and makes them visible; no records are accepted meanwhile. A caller that does not wait
   * for the answer cannot know the outcome: only another session can continue.
   */
  commit(): Step<void>
  /** Drops records that are not written, and hides the others. */
  abort(): Step<void>
  /** Closes the connections at once; the broker aborts an open transaction after its timeout. */
  close(): void
}

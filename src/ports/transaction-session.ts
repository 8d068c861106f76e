import type { DeliveryCallbacks } from '../core/producing/producer-batch.js'
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
 * A producer whose records are visible (to `read_committed`) all or none, with the offsets of what they were made from. One
 * transaction after the other: begin, (send | sendOffsets)*, commit or abort.
 *
 * - Transient failures are retried within; every step is answered.
 * - After a fault of a record, `sendOffsets` or `commit` the transaction can only be aborted: `commit` gives that fault again.
 * - A `FencedFault` is for ever: another producer has begun with the same `transactional.id`.
 */
export interface TransactionSession {
  /** The first one takes over the `transactional.id`: what another left open is aborted, and that one is fenced. */
  begin(): Step<void>
  /** As a producer's; outside of a transaction the record fails with a `UsageFault`. */
  send(record: OutgoingRecord, callbacks: DeliveryCallbacks, index: number): void
  /**
   * Commits these offsets of the group with the transaction; refused unless the member and its generation are the group's.
   * What cannot be an offset is a `ConfigFault` that names it: nothing is sent, and the transaction continues.
   */
  sendOffsets(member: GroupMember, offsets: readonly TransactionOffset[]): Step<void>
  /**
   * Waits until all records are written, and makes them visible; meanwhile no more are taken. Whoever does not wait for the
   * answer cannot know the outcome of the transaction: only another session can continue.
   */
  commit(): Step<void>
  /** Drops what is not written, and hides the rest. */
  abort(): Step<void>
  /** Lets go of the connections at once; an open transaction is aborted by the broker when its time is over. */
  close(): void
}

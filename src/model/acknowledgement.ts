import type { Observable } from 'rxjs'
import type { Clock } from './clock.js'
import type { Committed } from './committed.js'
import type { ConsumerEvent } from './consumer-event.js'
import type { TopicPartition } from './topic-partition.js'

/** When what was acknowledged is to be stored: after so many settled records, or so long after the first of them. */
export interface CommitPolicy {
  readonly every: number
  readonly withinMs: number
}

/** What a `commit()` gets from an assignment it has seen a record of. */
export interface CommitHandle {
  /** Each offset of the partition once it is stored, by whichever trigger. Completes when nothing more can be stored. */
  readonly stored: Observable<Committed>
  /** Stores what is settled and not stored yet. Completes when that is done or cannot be done any more; gives no value. */
  flush(): Observable<never>
}

/**
 * Where acknowledgements go: the ledger of one assignment, one branch of a `fanOut`, or the parts of an aggregate.
 * One object serves all its records; a record is a number in it, given in the order of delivery.
 */
export interface AckTarget {
  /** Acknowledges. The second call for the same record, and any call after `ended`, does nothing but be counted. */
  settle(seq: number): void
  /** The record waits or runs in an operator of ours; as long as it does its credit is not returned. Nests. */
  hold(seq: number): void
  /** Ends one `hold`. */
  release(seq: number): void
  /** The record is put aside: its credit is returned though it is neither settled nor let go of. Ends with `parked` false. */
  park(seq: number, parked: boolean): void
  /** An attempt of a handler on the record begins or ends: the partition is moving. */
  attempt(seq: number, begins: boolean): void
  /** Remembers the last operator of ours that passed the record on, for the event `unsettled`. */
  pass(seq: number, operator: number): void
  /** Visits the assignments beneath. */
  visit(seq: number, each: (origin: AckOrigin, seq: number) => void): void
  /** The assignment beneath, of several the first; null where there is none. */
  originOf(seq: number): AckOrigin | null
  /** True once work on the record is in vain: its assignment was lost, timed out or was moved by a seek. */
  isStale(seq: number): boolean
}

/** An `AckTarget` that belongs to exactly one assignment of one partition. */
export interface AckOrigin extends AckTarget, TopicPartition {
  /** null under `assign` without a group */
  readonly groupId: string | null
  /** The time that operators working on its records go by. */
  readonly clock: Clock
  /** Puts an event into `Consumer.events`. */
  report(event: ConsumerEvent): void
  /** Says what keeps its records from being worked on, for its position; null: nothing. Meanwhile it does not count as stalled. */
  heldUp(by: string | null): void
  /** Aborts when the assignment is lost, its drain timed out, or the consumer was closed. */
  readonly signal: AbortSignal
  /** Has the acknowledged offsets of this partition stored by this policy, besides the other triggers. */
  commitBy(policy: CommitPolicy): CommitHandle
  /**
   * `run` is called when an operator that keeps records of this assignment back should let them go on at once: the assignment is
   * drained, or it is starved (no credit left and all of it held). Returns how to stop listening.
   */
  onFlush(run: () => void): () => void
}

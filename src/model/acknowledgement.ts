import type { Observable } from 'rxjs'
import type { Clock } from './clock.js'
import type { Committed } from './committed.js'
import type { ConsumerEvent } from './consumer-event.js'
import type { TopicPartition } from './topic-partition.js'

/** When acknowledged offsets are committed: after this many settled records, or this long after the first of them. */
export interface CommitPolicy {
  readonly every: number
  readonly withinMs: number
}

/** What a `commit()` gets from an assignment after it has seen one of its records. */
export interface CommitHandle {
  /**
   * Each offset of the partition once it is committed, whatever triggered the commit. Completes when no more can be
   * committed.
   */
  readonly stored: Observable<Committed>
  /**
   * Commits what is settled and not committed yet. Completes when that is done or has become impossible; emits no
   * value.
   */
  flush(): Observable<never>
}

/**
 * How a share group's record is given back without being handled: release it for another delivery, or reject it permanently.
 */
export type Unhandled = 'release' | 'reject'

/**
 * Where acknowledgements go: the ledger of one assignment, one branch of a `fanOut`, or the parts of an aggregate. One
 * object serves all its records and identifies each by a number, in the order of delivery.
 */
export interface AckTarget {
  /**
   * Acknowledges. A second call for the same record, and any call after `ended`, has no effect except that it is
   * counted.
   */
  settle(seq: number): void
  /**
   * Acknowledges the record as not handled, if it comes from a share group. False if it does not: other consumers can
   * only settle.
   */
  refuse(seq: number, as: Unhandled): boolean
  /** The record waits or runs in an operator of this library; until `release` its credit is not returned. Nests. */
  hold(seq: number): void
  /** Ends one `hold`. */
  release(seq: number): void
  /** Parks the record: its credit is returned though it is neither settled nor released. Ends with `parked` false. */
  park(seq: number, parked: boolean): void
  /** An attempt of a handler on the record begins or ends: the partition makes progress. */
  attempt(seq: number, begins: boolean): void
  /** An attempt has failed with `cause`, and the next begins after so long. Only targets that show it have this method. */
  retryScheduled?(seq: number, forMs: number, cause?: unknown): void
  /** Notes the last operator of this library that passed the record on, for the event `unsettled`. */
  pass(seq: number, operator: number): void
  /** Visits the underlying assignments. */
  visit(seq: number, each: (origin: AckOrigin, seq: number) => void): void
  /** The underlying assignment, the first if there are several; null if there is none. */
  originOf(seq: number): AckOrigin | null
  /** True when processing the record has become pointless: its assignment was lost, timed out or moved by a seek. */
  isStale(seq: number): boolean
}

/** An `AckTarget` that belongs to exactly one assignment of one partition. */
export interface AckOrigin extends AckTarget, TopicPartition {
  /** null under `assign` without a group */
  readonly groupId: string | null
  /** How often its records were delivered, this time included; null unless they come from a share group. */
  readonly deliveryCount: number | null
  /** Whether the consumer reads this topic, as far as its subscription tells. */
  reads(topic: string): boolean
  /** The clock for operators that work on its records. */
  readonly clock: Clock
  /** Whether the record is acknowledged. Numbers are dense: 0 is the first delivery. */
  isSettled(seq: number): boolean
  /** Puts an event into `Consumer.events`. */
  report(event: ConsumerEvent): void
  /**
   * Reports in its position what keeps its records from being processed; null: nothing. Meanwhile it does not count as
   * stalled.
   */
  heldUp(by: string | null): void
  /** Aborts when the assignment is lost, its drain timed out, or the consumer was closed. */
  readonly signal: AbortSignal
  /**
   * Puts the record off without keeping it. For this long (ms), and until every earlier record is settled, the partition is not
   * read; then the record is delivered again, with those after it. The caller drops the record, and later ones that arrive
   * before that. False if the source cannot deliver it again: then nothing has changed.
   */
  postpone(seq: number, inMs: number): boolean
  /** Commits the acknowledged offsets of this partition by this policy, in addition to other triggers. */
  commitBy(policy: CommitPolicy): CommitHandle
  /**
   * Calls `run` when operators should flush the records of this assignment that they collect: the assignment is being drained,
   * or it is starved (no credit left, and operators hold all records). Returns a function that stops listening.
   */
  onFlush(run: () => void): () => void
  /**
   * Calls `work` when every record is settled, while the assignment is being drained or revoked. The assignment ends when
   * `work` has called back, or at its deadline. Returns a function that withdraws it.
   */
  beforeEnd(work: (done: () => void) => void): () => void
  /** Whether its offsets are committed with transactions. */
  readonly isTransacted: boolean
}

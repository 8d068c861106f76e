import type { Either } from 'fp-ts/lib/Either.js'
import type { Observable } from 'rxjs'
import type { AckOrigin } from './acknowledgement.js'
import type { Backoff } from './backoff.js'
import type { Clock } from './clock.js'
import type { ConsumerRecord } from './consumer-record.js'
import type { ConsumerEvent } from './consumer-event.js'
import type { Fault } from './fault.js'
import type { RecordPlace } from './record-place.js'
import type { Shared } from './shared.js'

/** A record that cannot be handled, and why. */
export interface FailedRecord {
  /** as received */
  readonly record: ConsumerRecord
  readonly fault: Fault
  /** how often it was tried; 0 for a record that was ordered behind another that failed */
  readonly attempts: number
  readonly groupId: string | null
  /** Puts an event into `Consumer.events`. */
  readonly report?: (event: ConsumerEvent) => void
  /** The clock of the consumer that the record came from. */
  readonly clock?: Clock
}

/** Stores failed records elsewhere; made by `deadLetter` and `deadLetterTo`. */
export interface DeadLetterPolicy {
  readonly _tag: 'DeadLetter'
  /**
   * @internal Emits one value: success when the record is stored, which settles it, or the fault that makes that permanently
   * impossible. While the destination cannot be reached, it waits. Unsubscribing abandons the attempt.
   */
  readonly take: (failed: FailedRecord) => Observable<Either<Fault, void>>
  /** @internal Keeps the writer open from one record to the next; the returned function closes it. */
  readonly hold: () => () => void
}

/** Parks failed records with the records ordered behind them; made by `park`. */
export interface ParkPolicy {
  readonly _tag: 'Park'
  /** how many records of one pipeline may be parked */
  readonly records: number
  /** their maximum size in bytes, together */
  readonly bytes: number
  /** how often, and after which waits, the first of them is retried */
  readonly retry: { readonly attempts: number; readonly backoff: Backoff }
  /** what happens to all of them if every retry fails */
  readonly then: 'fail' | 'skip' | DeadLetterPolicy
}

/** A record with what determines its order. */
export interface OrderedRecord {
  /** as received */
  readonly record: ConsumerRecord
  readonly origin: AckOrigin
  /** the name of its order within its partition; null if it has none */
  readonly order: string | null
  /** how long it has waited for its turn, in ms */
  readonly waitedMs: number
}

/** Whether it is a record's turn: `moved` if a copy of it waits in a retry topic already. */
export type RetryTurn = 'go' | 'wait' | 'moved' | { readonly behind: RecordPlace } | { readonly fault: Fault }

/** Where a record waits for its next attempt, and how long. */
export interface RetryMove {
  readonly to: string
  readonly inMs: number
}

/** The path of one pipeline's records through the retry topics. */
export interface RetryPath {
  /** Whether it comes from a retry topic. */
  isRetry(record: ConsumerRecord): boolean
  /** How long it is until the record is due. */
  dueInMs(record: ConsumerRecord): number
  /**
   * How long a partition that was put off is read no further after the time that it was put off to: so records that are
   * due one after the other are read together.
   */
  pauseMs(record: ConsumerRecord): number
  /** The name of the records that are handled in order with it, over all topics. */
  laneOf(record: OrderedRecord): string
  /** Whether nothing waits or moves that could concern a record of this epoch, as far as a quick look tells. */
  isIdle(origin: AckOrigin): boolean
  /**
   * Whether it is certainly the record's turn; otherwise `turnOf` tells.
   *
   * @param order the number of the name of its order; null if it has none
   */
  isFree(record: ConsumerRecord, origin: AckOrigin, order: number | null): boolean
  /** `wake` is called when another answer than `wait` is possible. */
  turnOf(record: OrderedRecord, wake: () => void): RetryTurn
  /** Emits one value: where the record moved to, when it is stored there; null if no topic accepts it; or a fault. */
  move(failed: FailedRecord, ordered: OrderedRecord): Observable<Either<Fault, RetryMove | null>>
  /**
   * The same for records of one order, which follow others: they are written in their order, at once. Emits one value, when
   * all are answered: where each moved to, or null if that one has to be moved by itself.
   */
  moveAll(failed: readonly FailedRecord[], ordered: OrderedRecord): Observable<readonly (RetryMove | null)[]>
  /** The record as it was received first. */
  original(failed: FailedRecord): FailedRecord
  close(): void
}

/** Makes failed records wait in retry topics; made by `retryLater`. */
export interface RetryLaterPolicy {
  readonly _tag: 'RetryLater'
  /** The retry topics in the order of the tiers. They have to exist, and the consumer has to subscribe to them. */
  readonly topics: readonly string[]
  /** what happens to records that failed in every tier */
  readonly then: 'fail' | 'skip' | DeadLetterPolicy
  /** @internal For one pipeline. */
  readonly open: () => RetryPath
}

/** How to handle a failed record, other than `'fail'` and `'skip'`; made by `deadLetter`, `park` and `retryLater`. */
export type FailurePolicy = DeadLetterPolicy | ParkPolicy | RetryLaterPolicy

/**
 * What happens to a record that failed, after its retries if there are any.
 *
 * - `'fail'`: the pipeline ends with a `ConsumerError`; the record stays unsettled and is redelivered.
 * - `'skip'`: the record is settled, with an event `skipped`.
 * - `deadLetter(…)`: the record is written to the dead letters, and settled once that is confirmed.
 * - `park(…)`: the record and those ordered behind it are parked, unsettled, and it is retried from time to time.
 * - `retryLater(…)`: the record moves to a retry topic, is settled once that is confirmed, and is tried again later.
 */
export type OnFailure = 'fail' | 'skip' | FailurePolicy

/**
 * The same for a record of a share group, which is acknowledged on its own.
 *
 * - `'fail'`: the pipeline ends with a `ConsumerError`; all unacknowledged records are released.
 * - `'skip'`: the record is accepted, with an event `skipped`.
 * - `'release'`: the record is given back, and delivered again, to this member or another, until the group's limit of
 *   deliveries is reached.
 * - `'reject'`: the record is archived: no member gets it again.
 * - `deadLetter(…)`: the record is written to the dead letters, and accepted once that is confirmed.
 */
export type ShareOnFailure = 'fail' | 'skip' | 'release' | 'reject' | DeadLetterPolicy

/** What happens to a failed record of this type. */
export type OnFailureOf<C> = C extends Shared ? ShareOnFailure : OnFailure

/** The policies for all sources. */
export type AnyOnFailure = OnFailure | ShareOnFailure

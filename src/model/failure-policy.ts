import type { Either } from 'fp-ts/lib/Either.js'
import type { Observable } from 'rxjs'
import type { Backoff } from './backoff.js'
import type { ConsumerRecord } from './consumer-record.js'
import type { ConsumerEvent } from './consumer-event.js'
import type { Fault } from './fault.js'

/** A record that cannot be handled, and why. */
export interface FailedRecord {
  /** as it came */
  readonly record: ConsumerRecord
  readonly fault: Fault
  /** how often it was tried; 0 for one that stood behind another that failed */
  readonly attempts: number
  readonly groupId: string | null
  /** Puts an event into `Consumer.events`. */
  readonly report?: (event: ConsumerEvent) => void
}

/** Puts failed records somewhere else; made by `deadLetter`. */
export interface DeadLetterPolicy {
  readonly _tag: 'DeadLetter'
  /**
   * @internal Gives one value once the record is safe there, which settles it, or the fault for which it never can be.
   * While the place cannot be reached it waits. Unsubscribing abandons the attempt.
   */
  readonly take: (failed: FailedRecord) => Observable<Either<Fault, void>>
  /** @internal Keeps open what it writes with, between one record and the next; what is returned ends that. */
  readonly hold: () => () => void
}

/** Has failed records wait aside with what comes behind them; made by `park`. */
export interface ParkPolicy {
  readonly _tag: 'Park'
  /** how many records may wait aside, without their credit, in one pipeline */
  readonly records: number
  /** how many bytes they may have in all */
  readonly bytes: number
  /** how often, and after what waits, the first of them is tried again */
  readonly retry: { readonly attempts: number; readonly backoff: Backoff }
  /** what becomes of all of them if it fails to the last */
  readonly then: 'fail' | 'skip' | DeadLetterPolicy
}

/** What becomes of a failed record, other than to fail or to skip it; made by `deadLetter` and `park`. */
export type FailurePolicy = DeadLetterPolicy | ParkPolicy

/**
 * What becomes of a record that failed (after its retries, where there are any).
 *
 * - `'fail'`: the pipeline ends with a `ConsumerError`; the record stays unsettled and comes again.
 * - `'skip'`: the record is settled, with an event `skipped`.
 * - `deadLetter(…)`: the record is written away, and settled once that is confirmed.
 * - `park(…)`: the record and what is ordered behind it wait aside, unsettled, and it is tried again from time to time.
 */
export type OnFailure = 'fail' | 'skip' | FailurePolicy

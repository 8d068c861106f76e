import type { Either } from 'fp-ts/lib/Either.js'
import type { Observable } from 'rxjs'
import type { ConsumerRecord } from './consumer-record.js'
import type { Fault } from './fault.js'

/** A record that cannot be handled, and why. */
export interface FailedRecord {
  /** as it came */
  readonly record: ConsumerRecord
  readonly fault: Fault
  readonly attempts: number
  readonly groupId: string | null
}

/** Puts failed records somewhere else; made by `deadLetter`. */
export interface FailurePolicy {
  readonly _tag: 'DeadLetter'
  /**
   * @internal Gives one value once the record is safe there, which settles it, or the fault for which it never can be.
   * While the place cannot be reached it waits. Unsubscribing abandons the attempt.
   */
  readonly take: (failed: FailedRecord) => Observable<Either<Fault, void>>
}

/**
 * What becomes of a record that failed (after its retries, where there are any).
 *
 * - `'fail'`: the pipeline ends with a `ConsumerError`; the record stays unsettled and comes again.
 * - `'skip'`: the record is settled, with an event `skipped`.
 * - `deadLetter(…)`: the record is written away, and settled once that is confirmed.
 */
export type OnFailure = 'fail' | 'skip' | FailurePolicy

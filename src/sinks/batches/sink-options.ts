import type { Backoff } from '../../model/backoff.js'
import type { DeadLetterPolicy } from '../../model/failure-policy.js'
import { exponential } from '../../operators/exponential.js'
import type { ConcurrencyLimit } from '../../operators/concurrency-limit.js'
import type { HandlerContext, HandlerResult } from '../../operators/handling/handler.js'
import {
  aFunction,
  backoff,
  count,
  deadLetters,
  either,
  made,
  milliseconds,
  millisecondsOrNone,
  needed,
  oneOf,
  options as optionsOf,
  type OptionRules
} from '../../operators/handling/operator-options.js'

/** How a sink writes. Times are in ms, sizes in bytes. */
export interface SinkOptions<C> {
  /**
   * Writes these records, in this order. The result may come later (a Promise, an Observable, a TaskEither): by then
   * the records are durable. If the call fails, none of them counts as written; with `refused(…)` the others do.
   *
   * It may be called again with records of a call that failed, or whose answer was lost: only a store that recognises a
   * record (by its topic, partition and offset) holds it once.
   */
  readonly write: (records: readonly C[], context: HandlerContext) => HandlerResult<unknown>
  /** How many records a batch has at most. @default 500 */
  readonly records?: number
  /**
   * Limits the size of a batch: keys, values and headers, as received; the record that exceeds it is the last.
   * @default no limit
   */
  readonly bytes?: number
  /**
   * How long the first record of a batch waits for others. With 0 a batch has the records that came meanwhile: the
   * slower the store, the larger the batches. @default 0
   */
  readonly withinMs?: number
  /**
   * How many batches of one pipeline are written at once. With more than 1 a batch may be written before an earlier
   * one. @default 1
   */
  readonly concurrency?: number
  /** How many batches are written at once in all pipelines that share it; made by `concurrencyLimit`. @default none */
  readonly limit?: ConcurrencyLimit
  /** A call that takes longer has failed: its signal aborts, and its result is ignored. @default no limit */
  readonly timeoutMs?: number
  /** How often, and after what waits, a batch is written again. @default no retry */
  readonly retry?: {
    /** in all, the first included */
    readonly attempts: number
    readonly backoff: Backoff
    /** The minimum delay, in ms, that the failure itself requests, such as a `Retry-After`. @default 0 */
    readonly minDelayMs?: (cause: unknown) => number
    /**
     * Distinguishes failures that may succeed later from those that never will with these records: then the batch is
     * halved, without waiting, until the bad record is alone. @default 'permanent' for what can never be produced or
     * decoded; else 'retriable'
     */
    readonly classify?: (cause: unknown, records: readonly C[]) => 'retriable' | 'permanent'
  }
  /** What happens to a record that cannot be written. @default 'fail' */
  readonly onFailure?: 'fail' | 'skip' | DeadLetterPolicy
}

/** Retries without end: for stores whose failures mostly say nothing against the records. */
export const retryWithoutEnd: NonNullable<SinkOptions<unknown>['retry']> = {
  attempts: Infinity,
  backoff: /*#__PURE__*/ exponential({ initialMs: 100, maxMs: 10_000 })
}

/** `SinkOptions`, except `write` and `concurrency`. */
export const orderedBatchRules: OptionRules = {
  records: count,
  bytes: count,
  withinMs: millisecondsOrNone,
  limit: made('concurrencyLimit(…)', 'ConcurrencyLimit'),
  timeoutMs: milliseconds,
  retry: optionsOf({ attempts: needed(count), backoff: needed(backoff), minDelayMs: aFunction, classify: aFunction }),
  onFailure: either(oneOf('fail', 'skip'), deadLetters)
}

/** `SinkOptions`, except `write`. */
export const batchRules: OptionRules = { ...orderedBatchRules, concurrency: count }

/** `SinkOptions` */
export const sinkRules: OptionRules = { ...batchRules, write: needed(aFunction) }

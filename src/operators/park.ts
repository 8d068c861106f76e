import type { Backoff } from '../model/backoff.js'
import type { DeadLetterPolicy, ParkPolicy } from '../model/failure-policy.js'
import {
  backoff,
  checkOptions,
  count,
  deadLetters,
  either,
  needed,
  oneOf,
  options as optionsOf,
  type OptionRules
} from './handling/operator-options.js'

/** How many records may be parked, how often they are retried, and what happens to them in the end. */
export interface ParkOptions {
  /** How many records of one pipeline may be parked. Those that do not fit wait with their credit. @default 1000 */
  readonly records?: number
  /**
   * How many bytes they may have: keys, values and headers. Records that do not fit wait with their credit.
   * @default 16777216 (16 MiB)
   */
  readonly bytes?: number
  /**
   * How often the first record of a key is retried after it was parked, in addition to the retries before, and with
   * what waits.
   */
  readonly retry: {
    readonly attempts: number
    readonly backoff: Backoff
  }
  /** What happens to it, and of all records gathered behind it, when all these attempts have failed. */
  readonly then: 'fail' | 'skip' | DeadLetterPolicy
}

/** `ParkOptions` */
const rules: OptionRules = {
  records: count,
  bytes: count,
  retry: needed(optionsOf({ attempts: needed(count), backoff: needed(backoff) })),
  then: needed(either(oneOf('fail', 'skip'), deadLetters))
}

/**
 * Makes a failed record wait aside, with all later records of its key (those that `order` keeps in order with it). The
 * other records continue, and no order is lost. The record is retried from time to time. If it succeeds, those behind
 * it follow. If it does not, it goes to `then`, followed in order by those gathered behind it, which were never tried.
 *
 * - A parked record has given its credit back, is not settled, and holds back the commit: a crash repeats from there
 *   on, at most `maxUncommitted` records. A drain does not wait for it; its report counts it as repeated.
 * - Memory: a parked record keeps only its own bytes, not the response or the batch it came in; all parked records of a
 *   pipeline together have at most `bytes`.
 * - Emits `parked` and `resumed`, and `dead lettered` or `skipped` for each record it gives up on.
 *
 * @throws ConsumerError with a `ConfigFault` that names every option it cannot work with
 *
 * @example
 * handle(charge, {
 *   order: 'key', concurrency: 64,
 *   onFailure: park({ retry: { attempts: 20, backoff: exponential({ initialMs: 1_000, maxMs: 60_000 }) }, then: deadLetter(cluster, { topic: 'orders.dlq' }) })
 * })
 */
export const park = (options: ParkOptions): ParkPolicy => {
  checkOptions('park', options, rules)
  const { records = 1_000, bytes = 16_777_216, retry, then } = options
  return { _tag: 'Park', records, bytes, retry, then }
}

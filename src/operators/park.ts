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

/** How many records wait aside, how often they are tried, and what becomes of them then. */
export interface ParkOptions {
  /** How many records of one pipeline may wait aside. What does not fit waits with its credit. @default 1000 */
  readonly records?: number
  /** How many bytes they may have: keys, values and headers. What does not fit waits with its credit. @default 16777216 (16 MiB) */
  readonly bytes?: number
  /** How often the first of a key is tried again, beyond the retries before it was parked, and after what waits. */
  readonly retry: {
    readonly attempts: number
    readonly backoff: Backoff
  }
  /** What becomes of it, and of all that has gathered behind it, when none of these attempts succeeded. */
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
 * Has a record that failed wait aside, with all later ones of its key (of what `order` has one after the other): the others
 * go on, and no order is lost. It is tried again from time to time. If it succeeds, those behind it follow; if not, it and
 * those that have gathered behind it go to `then` in their order, those behind it as never tried.
 *
 * - What is parked has given its credit back, is not settled, and holds back the commit: a crash repeats from there on, at
 *   most `maxUncommitted` records. A drain does not wait for it; its report counts it as repeated.
 * - Memory: a parked record keeps its own bytes, not the response or the batch it came in; all of a pipeline's at most `bytes`.
 * - Says so: events `parked` and `resumed`, and `dead lettered` or `skipped` for each that was given up.
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

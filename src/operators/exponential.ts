import { backoffDelay } from '../core/scheduling/backoff-delay.js'
import { seededRandom } from '../internal/seeded-random.js'
import type { Backoff } from '../model/backoff.js'
import { problemsWith, refuseWrong } from '../model/check-arguments.js'
import { aFunction, checkOptions, milliseconds, needed } from './handling/operator-options.js'

/** The waits, in ms, that `exponential` doubles. */
export interface ExponentialOptions {
  /** the wait before the first retry */
  readonly initialMs: number
  /** the longest wait */
  readonly maxMs: number
  /** 0 to 1, for the jitter. @default `Math.random`; in virtual time, as in marble tests, a seeded one: each run waits the same */
  readonly random?: () => number
}

/**
 * Doubles the wait with each failure, up to a ceiling. Half of each wait is fixed and half random, so that records that
 * failed together, in this process or in others, are not retried together.
 *
 * @throws ConsumerError with a `ConfigFault` that names every option it cannot work with
 *
 * @example
 * handle(charge, { retry: { attempts: 5, backoff: exponential({ initialMs: 100, maxMs: 10_000 }) } })
 */
export const exponential = (options: ExponentialOptions): Backoff => {
  checkOptions('exponential', options, {
    initialMs: needed(milliseconds),
    maxMs: needed(milliseconds),
    random: aFunction
  })
  const { initialMs, maxMs, random } = options
  const seeded = seededRandom(1)
  const atLeast = { allowed: `at least initialMs (${String(initialMs)})`, holds: () => maxMs >= initialMs }
  refuseWrong(problemsWith('exponential: maxMs', maxMs, atLeast))
  return {
    _tag: 'Backoff',
    delayMs: (failures, ofClock = seeded) => backoffDelay(failures, initialMs, maxMs, random ?? ofClock)
  }
}

import type { Clock } from './clock.js'
import { ConsumerError } from './consumer-error.js'
import { printableValue } from './printable.js'

/** How long to wait before the next attempt; made by `exponential`. */
export interface Backoff {
  readonly _tag: 'Backoff'
  /**
   * ms before the attempt that follows this many failures, 1 being the first. `random` returns 0 to 1, different in each
   * process; none is given where a run has to be repeatable, as in marble tests.
   */
  readonly delayMs: (failures: number, random?: () => number) => number
}

/**
 * Milliseconds before the next attempt.
 *
 * @throws whatever `delayMs` throws, and a ConsumerError if `delayMs` does not return a number of ms
 */
export const delayOf = (backoff: Backoff, failures: number, clock: Clock | undefined): number => {
  const ms: unknown = backoff.delayMs(failures, clock?.random)
  if (typeof ms !== 'number' || Number.isNaN(ms))
    throw new ConsumerError({
      _tag: 'UsageFault',
      reason: `a backoff returned ${printableValue(ms)} instead of milliseconds`
    })
  return Math.max(0, ms)
}

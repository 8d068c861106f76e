import { ConsumerError } from './consumer-error.js'
import { printableValue } from './printable.js'

/** How long to wait before the next attempt; made by `exponential`. */
export interface Backoff {
  readonly _tag: 'Backoff'
  /** ms before the attempt that follows this many failures, 1 being the first */
  readonly delayMs: (failures: number) => number
}

/**
 * Milliseconds before the next attempt.
 *
 * @throws whatever `delayMs` throws, and a ConsumerError if `delayMs` does not return a number of ms
 */
export const delayOf = (backoff: Backoff, failures: number): number => {
  const ms: unknown = backoff.delayMs(failures)
  if (typeof ms !== 'number' || Number.isNaN(ms))
    throw new ConsumerError({
      _tag: 'UsageFault',
      reason: `a backoff returned ${printableValue(ms)} instead of milliseconds`
    })
  return Math.max(0, ms)
}

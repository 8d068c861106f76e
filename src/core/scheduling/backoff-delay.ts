/**
 * Milliseconds before the next attempt: doubled with each failure up to a maximum, half of it fixed and half random, so that
 * clients that failed together do not retry together.
 */
export const backoffDelay = (failures: number, initialMs: number, maxMs: number, random: () => number): number => {
  const ceiling = Math.min(maxMs, initialMs * 2 ** Math.min(30, Math.max(0, failures - 1)))
  return Math.round(ceiling / 2 + (random() * ceiling) / 2)
}

/** `retry.backoff.ms` and `retry.backoff.max.ms`. */
export interface RetryBackoff {
  readonly retryBackoffMs: number
  readonly retryBackoffMaxMs: number
}

/** The delay of a request that is sent again, by these settings. */
export const retryDelay = (
  failures: number,
  { retryBackoffMs, retryBackoffMaxMs }: RetryBackoff,
  random: () => number
): number => backoffDelay(failures, retryBackoffMs, retryBackoffMaxMs, random)

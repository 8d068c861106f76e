import type { ConsumerEvent } from '../../model/consumer-event.js'

/**
 * A failed assertion of a test framework in a handler, and what happened to its record. The pipeline handles it as any other
 * failure, so the test would not notice it. Null for other errors.
 */
export const failedAssertion = (event: ConsumerEvent): string | null => {
  if (!('fault' in event) || !('cause' in event.fault)) return null
  const { cause } = event.fault
  return isAssertion(cause) ? `an assertion has failed, and the record is ${event._tag}: ${cause.message}` : null
}

/** Errors of vitest, chai and Node have this name; Jest's have a `matcherResult`. */
export const isAssertion = (cause: unknown): cause is Error =>
  cause instanceof Error && (cause.name.includes('AssertionError') || 'matcherResult' in cause)

import type { ConsumerEvent } from '../../model/consumer-event.js'

/**
 * An assertion of a test framework that has failed in a handler, with what became of its record: the pipeline goes on as with any
 * other failure, so nobody would see it. Null if it is none.
 */
export const failedAssertion = (event: ConsumerEvent): string | null => {
  if (!('fault' in event) || !('cause' in event.fault)) return null
  const { cause } = event.fault
  return isAssertion(cause) ? `an assertion has failed, and the record is ${event._tag}: ${cause.message}` : null
}

/** Those of vitest, chai and Node have this name, those of Jest what their matcher has found. */
const isAssertion = (cause: unknown): cause is Error =>
  cause instanceof Error && (cause.name.includes('AssertionError') || 'matcherResult' in cause)

import { describeFault } from './describe-fault.js'
import type { Fault } from './fault.js'
import { partOf } from './json-report.js'

/**
 * The only exception of this library: a fault in an error channel. Branch on `fault._tag`, not on the text.
 *
 * @example
 * orders.pipe(eachPartition(pipeline)).subscribe({
 * error: (error: unknown) => {
 * if (error instanceof ConsumerError && error.fault._tag === 'FencedFault') process.exitCode = 2
 * }
 * })
 */
export class ConsumerError extends Error {
  override readonly name = 'ConsumerError'
  readonly fault: Fault

  constructor(fault: Fault) {
    // An untyped program may pass anything.
    const given: unknown = fault
    super(
      describeFault(fault),
      typeof given === 'object' && given !== null && 'cause' in given ? { cause: given.cause } : undefined
    )
    this.fault = fault
  }

  /** The message and the fault, with offsets as texts: what `JSON.stringify` can write. */
  toJSON(): unknown {
    return { name: this.name, message: this.message, fault: partOf(this.fault) }
  }
}

/**
 * The fault of a `ConsumerError`, null for anything else. Handlers may throw a value that cannot even be inspected,
 * such as a proxy whose traps throw.
 */
export const faultOfError = (thrown: unknown): Fault | null => {
  try {
    return thrown instanceof ConsumerError ? thrown.fault : null
  } catch {
    return null
  }
}

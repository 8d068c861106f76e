import type { DecodingStep } from './decoding-step.js'

/** Calls of recursive steps in one decoding before results are remembered, so that small values do not pay for that. */
const callsWithoutMemory = 256

/** The number of calls of recursive steps in the current decoding, and their results once there are many. */
let calls = 0
let given: Map<DecodingStep, Map<object, unknown>> | null = null

/** Runs one decoding. A custom codec inside may start another: each has its own memory. */
export const decodeWith = (step: DecodingStep, value: unknown): unknown => {
  const callsBefore = calls
  const givenBefore = given
  calls = 0
  given = null
  try {
    return step(value)
  } finally {
    calls = callsBefore
    given = givenBefore
  }
}

/**
 * The result of a recursive step for a value, computed once. Recursive members of a union or an intersection request the same
 * parts again, each level twice as often as the one above it: without memory 30 levels are a billion calls.
 */
export const decodedOnce = (step: DecodingStep, value: unknown): unknown => {
  if (typeof value !== 'object' || value === null || ++calls < callsWithoutMemory) return step(value)
  given ??= new Map()
  let known = given.get(step)
  if (known === undefined) given.set(step, (known = new Map<object, unknown>()))
  else if (known.has(value)) return known.get(value)
  const made = step(value)
  known.set(value, made)
  return made
}

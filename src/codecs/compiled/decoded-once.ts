import type { DecodingStep } from './decoding-step.js'

/** Calls of recursive steps in one decoding before what they give is remembered: small values never pay for that. */
const callsWithoutMemory = 256

/** The calls of recursive steps in the decoding under way, and what they gave, once there are many. */
let calls = 0
let given: Map<DecodingStep, Map<object, unknown>> | null = null

/**
 * Runs one decoding. A codec of its own within it may begin another: each has a memory of its own.
 */
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
 * What a recursive step makes of a value, made once. Members of a union or an intersection that are recursive ask for the same
 * parts again, each level twice as often as the one above it: without a memory 30 levels are a billion calls.
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

import { type DecodingStep, misfit } from './decoding-step.js'
import { isRecord } from './record-steps.js'

/** The result of the first member that accepts the value. */
export const unionStep =
  (members: readonly DecodingStep[]): DecodingStep =>
  (value) => {
    for (const member of members) {
      const made = member(value)
      if (made !== misfit) return made
    }
    return misfit
  }

/** One of these values. Returns the literal itself, so that -0 becomes 0. */
export const literalStep = (values: readonly unknown[]): DecodingStep => {
  const known = byValue(values.map((value) => [value, value]))
  return (value) => known.get(value) ?? misfit
}

/** The result of the member that the tag's value selects. */
export const taggedStep = (
  tag: string,
  members: readonly (readonly [value: unknown, step: DecodingStep])[]
): DecodingStep => {
  const known = byValue(members)
  return (value) => {
    if (!isRecord(value)) return misfit
    const member = known.get(value[tag])
    return member === undefined ? misfit : member(value)
  }
}

/** A lookup that behaves like comparing with `===` from the first on: never NaN, and 0 for -0. */
const byValue = <A>(entries: readonly (readonly [value: unknown, what: A])[]): ReadonlyMap<unknown, A> =>
  new Map(entries.filter(([value]) => !Number.isNaN(value)).reverse())

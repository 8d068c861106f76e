import { type DecodingStep, misfit } from './decoding-step.js'
import { isRecord } from './record-steps.js'

/** The first that takes the value. */
export const unionStep =
  (members: readonly DecodingStep[]): DecodingStep =>
  (value) => {
    for (const member of members) {
      const made = member(value)
      if (made !== misfit) return made
    }
    return misfit
  }

/** One of these values; it is they that are given, so that -0 becomes 0. */
export const literalStep = (values: readonly unknown[]): DecodingStep => {
  const known = byValue(values.map((value) => [value, value]))
  return (value) => known.get(value) ?? misfit
}

/** The member that the value of a key names. */
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

/** As a search from the first with `===` would find them: never NaN, and 0 for -0. */
const byValue = <A>(entries: readonly (readonly [value: unknown, what: A])[]): ReadonlyMap<unknown, A> =>
  new Map(entries.filter(([value]) => !Number.isNaN(value)).reverse())

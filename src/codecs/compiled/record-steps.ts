import { type DecodingStep, misfit } from './decoding-step.js'

// Like io-ts, these return the same object if nothing in it has changed, otherwise a copy. The comparison is `!==`, so NaN
// counts as changed.

export type Rec = Record<string, unknown>

export const isRecord = (value: unknown): value is Rec =>
  value !== null && typeof value === 'object' && !Array.isArray(value)

/** Leaves out keys that are not among the props. */
export const exactStep =
  (step: DecodingStep, props: object): DecodingStep =>
  (value) => {
    if (!isRecord(value)) return misfit
    const made = step(value)
    return made === misfit ? misfit : stripped(made as Rec, props)
  }

const stripped = (record: Rec, props: object): Rec => {
  const keys = Object.getOwnPropertyNames(record)
  if (keys.every((key) => Object.hasOwn(props, key))) return record
  const rest: Rec = {}
  for (const key of keys) if (Object.hasOwn(props, key)) rest[key] = record[key]
  return rest
}

/** Any keys; a key that the domain refuses is left out with its value. */
export const recordStep =
  (domain: DecodingStep, codomain: DecodingStep, takesArrays: boolean): DecodingStep =>
  (value) => {
    if (!isRecord(value)) return takesArrays && Array.isArray(value) ? value : misfit
    const keys = Object.keys(value)
    let changed = false
    // Created when a value is another object, returned when a value has changed: 0 for -0 is only the former.
    let record: Rec | null = null
    for (const [at, key] of keys.entries()) {
      const part = value[key]
      const name = domain(key)
      const made = name === misfit ? misfit : codomain(part)
      if (name !== misfit && made === misfit) return misfit
      if (name !== key || made !== part) changed = true
      if (changed || !Object.is(made, part)) record ??= copyOf(value, keys.slice(0, at))
      if (record !== null && made !== misfit) record[name as string] = made
    }
    return changed ? record : value
  }

const copyOf = (value: Rec, keys: readonly string[]): Rec => {
  const copy: Rec = {}
  for (const key of keys) copy[key] = value[key]
  return copy
}

/** All members have to accept the value; their results are merged. */
export const intersectionStep =
  (steps: readonly DecodingStep[]): DecodingStep =>
  (value) => {
    let all: unknown[] | null = null
    let at = 0
    for (const step of steps) {
      const made = step(value)
      if (made === misfit) return misfit
      if (made !== value) all ??= new Array<unknown>(at).fill(value)
      all?.push(made)
      at++
    }
    return all === null ? value : merged(value, all)
  }

/** Merges what each member changed; the last member takes precedence. */
const merged = (base: unknown, all: readonly unknown[]): unknown => {
  if (!all.some(isRecord)) return all.at(-1)
  const result: Rec = {}
  for (const part of all)
    for (const key in part as Rec)
      if (!Object.hasOwn(result, key) || !isRecord(base) || (part as Rec)[key] !== base[key])
        result[key] = (part as Rec)[key]
  return result
}

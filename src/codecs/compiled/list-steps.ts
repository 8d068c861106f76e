import { type DecodingStep, misfit } from './decoding-step.js'

// Like io-ts, these return the same array if nothing in it has changed, otherwise a copy.

export const arrayStep =
  (item: DecodingStep): DecodingStep =>
  (value) => {
    if (!Array.isArray(value)) return misfit
    const items: readonly unknown[] = value
    let list = value as unknown[]
    for (let at = 0; at < items.length; at++) {
      const part = items[at]
      const made = item(part)
      if (made === part) continue
      if (made === misfit) return misfit
      if (list === value) list = items.slice()
      list[at] = made
    }
    return list
  }

/** Drops the values beyond the tuple's length. */
export const tupleStep =
  (places: readonly DecodingStep[]): DecodingStep =>
  (value) => {
    if (!Array.isArray(value)) return misfit
    const items: readonly unknown[] = value
    let list = items.length > places.length ? items.slice(0, places.length) : (value as unknown[])
    for (const [at, place] of places.entries()) {
      const part = items[at]
      const made = place(part)
      if (made === part) continue
      if (made === misfit) return misfit
      if (list === value) list = items.slice()
      list[at] = made
    }
    return list
  }

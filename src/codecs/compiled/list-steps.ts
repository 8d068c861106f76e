import { type DecodingStep, misfit } from './decoding-step.js'

// As io-ts, these give back the array that came in as long as nothing in it has changed, and a copy else.

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

/** Drops the values behind the last place. */
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

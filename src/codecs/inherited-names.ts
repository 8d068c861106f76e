import { somePart } from './some-part.js'

/** What every object has by its prototype: `toString`, `constructor` and the like. */
const inherited: ReadonlySet<string> = new Set(Object.getOwnPropertyNames(Object.prototype))

/**
 * Whether an io-ts codec asks anywhere for a property that every object inherits. io-ts reads properties by their name: it
 * would find those in any value, take what is missing for present, and refuse what may be missing.
 */
export const asksForInherited = (codec: unknown): boolean =>
  somePart(codec, (part) => {
    const { props, keys } = part as Readonly<Record<string, unknown>>
    return [props, keys].some((named) => isObject(named) && Object.keys(named).some((name) => inherited.has(name)))
  })

/** Takes the prototype from all objects within a parsed value: they have what the text says and nothing else. */
export const bare = (value: unknown): unknown => {
  // Not by recursion: a text may nest deeper than the stack.
  const open: unknown[] = [value]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (!isObject(next)) continue
    for (const part of Object.values<unknown>(next as Readonly<Record<string, unknown>>))
      if (isObject(part)) open.push(part)
    if (!Array.isArray(next)) Object.setPrototypeOf(next, null)
  }
  return value
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

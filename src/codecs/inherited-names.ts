import { somePart } from './some-part.js'

/** The properties that every object inherits: `toString`, `constructor` and the like. */
const inherited: ReadonlySet<string> = new Set(Object.getOwnPropertyNames(Object.prototype))

/**
 * Whether an io-ts codec reads anywhere a property that every object inherits. io-ts reads properties by name: it would find
 * these in any value, treat missing ones as present, and refuse values that may lack them.
 */
export const asksForInherited = (codec: unknown): boolean =>
  somePart(codec, (part) => {
    const { props, keys } = part as Readonly<Record<string, unknown>>
    return [props, keys].some((named) => isObject(named) && Object.keys(named).some((name) => inherited.has(name)))
  })

/** Removes the prototype from all objects within a parsed value, so that they have only the properties in the text. */
export const bare = (value: unknown): unknown => {
  // Iterative, since a text may nest deeper than the stack.
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

/** How deep the text nests; brackets within strings do not count. Looked at before parsing, which would take any depth. */
export const exceedsDepth = (text: string, limit: number): boolean => {
  // The usual short text cannot nest deeper than it has characters.
  if (text.length <= limit) return false
  let depth = 0
  let inString = false
  for (let at = 0; at < text.length; at++) {
    const character = text.charCodeAt(at)
    if (inString) {
      if (character === backslash) at++
      else if (character === quote) inString = false
    } else if (character === quote) inString = true
    else if (character === brace || character === bracket) {
      if (++depth > limit) return true
    } else if (character === closingBrace || character === closingBracket) depth--
  }
  return false
}

const quote = 0x22
const backslash = 0x5c
const bracket = 0x5b
const closingBracket = 0x5d
const brace = 0x7b
const closingBrace = 0x7d

/**
 * The path of a key that could reach a prototype, or null. `JSON.parse` makes `__proto__` an own property, but what copies
 * the value later may not: io-ts's `t.record` with a codec that transforms replaces the prototype.
 */
export const forbiddenKey = (text: string, value: unknown): string | null => {
  // Without either word, and without an escape that could spell it, there is nothing to look for.
  if (!text.includes('__proto__') && !text.includes('constructor') && !text.includes('\\u')) return null
  return search(value, '$')
}

const search = (value: unknown, path: string): string | null => {
  if (!isObject(value)) return null
  for (const [key, part] of Object.entries<unknown>(value as Readonly<Record<string, unknown>>)) {
    const here = Array.isArray(value) ? `${path}[${key}]` : `${path}.${key}`
    if (key === '__proto__' && !Array.isArray(value)) return here
    if (key === 'constructor' && isObject(part) && Object.hasOwn(part, 'prototype')) return here
    const found = search(part, here)
    if (found !== null) return found
  }
  return null
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

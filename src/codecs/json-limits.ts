/**
 * Whether the text nests deeper than the limit; brackets within strings do not count. Checked before parsing, which accepts any
 * depth.
 */
export const exceedsDepth = (text: string, limit: number): boolean => {
  // A short text cannot nest deeper than its length.
  if (text.length <= limit || opensAtMost(text, limit)) return false
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

/**
 * Whether the number of brackets, within strings or not, is at most the limit. Searching for brackets is faster than checking
 * each character.
 */
const opensAtMost = (text: string, limit: number): boolean => {
  let count = 0
  for (const open of ['{', '['])
    for (let at = text.indexOf(open); at >= 0; at = text.indexOf(open, at + 1)) if (++count > limit) return false
  return true
}

const quote = 0x22
const backslash = 0x5c
const bracket = 0x5b
const closingBracket = 0x5d
const brace = 0x7b
const closingBrace = 0x7d

/**
 * The path of a key that could reach a prototype, or null. `JSON.parse` makes `__proto__` an own property, but later copies may
 * not: io-ts's `t.record` with a codec that transforms replaces the prototype.
 */
export const forbiddenKey = (text: string, value: unknown): string | null => {
  // Without either word, and without an escape that could encode one, there is nothing to look for.
  if (!text.includes('__proto__') && !text.includes('constructor') && !text.includes('\\u')) return null
  // Iterative, since `maxDepth` may allow more levels than the stack.
  const open: { readonly value: object; readonly path: Path | null }[] = isObject(value) ? [{ value, path: null }] : []
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value: within, path } = next
    const isList = Array.isArray(within)
    for (const [key, part] of Object.entries<unknown>(within as Readonly<Record<string, unknown>>)) {
      const here: Path = { step: isList ? `[${key}]` : `.${key}`, before: path }
      if (key === '__proto__' && !isList) return textOf(here)
      if (!isObject(part)) continue
      if (key === 'constructor' && Object.hasOwn(part, 'prototype')) return textOf(here)
      open.push({ value: part, path: here })
    }
  }
  return null
}

interface Path {
  readonly step: string
  readonly before: Path | null
}

const textOf = (path: Path): string => {
  const steps: string[] = []
  for (let at: Path | null = path; at !== null; at = at.before) steps.push(at.step)
  return `$${steps.reverse().join('')}`
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

import { deepEqual } from '../observables/deep-equal.js'
import { shownValue } from '../observables/shown-value.js'

const text = /*#__PURE__*/ new TextDecoder()

/** Compares bytes as text, or as JSON if the expected value is not a text. */
export const isValue = (expected: unknown, value: unknown): boolean => {
  if (!(value instanceof Uint8Array)) return deepEqual(expected, value)
  if (expected instanceof Uint8Array) return deepEqual([...expected], [...value])
  if (expected === null || expected === undefined) return false
  return typeof expected === 'string'
    ? text.decode(value) === expected
    : deepEqual(jsonForm(expected), readValue(value))
}

/** A value as one line of text; bytes are decoded. */
export const readText = (value: unknown): string => shownValue(readValue(value))

/** Bytes as JSON, or else as text. */
export const readValue = (value: unknown): unknown => {
  if (!(value instanceof Uint8Array)) return value
  const decoded = text.decode(value)
  try {
    return JSON.parse(decoded) as unknown
  } catch {
    return decoded
  }
}

/** The value's JSON form, if it is compared with one. */
export const jsonForm = (value: unknown): unknown => {
  try {
    const written = JSON.stringify(value) as string | undefined
    return written === undefined ? value : (JSON.parse(written) as unknown)
  } catch {
    return value
  }
}

/** The differences between two values, each with the path to it. */
export const differencesOf = (path: string, expected: unknown, actual: unknown): readonly string[] => {
  if (deepEqual(expected, actual)) return []
  if (!isObject(expected) || !isObject(actual) || Array.isArray(expected) !== Array.isArray(actual))
    return [`${path === '' ? 'it' : path} is ${shownValue(actual)}, where ${shownValue(expected)} was expected`]
  const names = [...new Set([...Object.keys(expected), ...Object.keys(actual)])]
  return names.flatMap((name) => differencesOf(path === '' ? name : `${path}.${name}`, expected[name], actual[name]))
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null

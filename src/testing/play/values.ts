import { deepEqual } from '../observables/deep-equal.js'
import { shownValue } from '../observables/shown-value.js'
import { marbleName } from '../diagram/marble.js'
import { type Lettered, unknownLetter } from './letters.js'
import type { Header } from '../../model/header.js'
import type { Bytes } from '../../model/bytes.js'
import type { Scenario } from './scenario.js'

const text = /*#__PURE__*/ new TextDecoder()

/** A record that was written, apart from its value. */
export interface WriteParts {
  readonly key: Bytes
  readonly partition: number | undefined
  readonly headers: readonly Header[]
}

/** The expected values of letters, and the differences that were found. */
export class Values {
  /** the differences, by the line that shows them */
  readonly differences: { readonly line: string; readonly text: string }[] = []
  private readonly valued = new Set<string>()
  /** The expected values of letters that the test put into a line without a value. */
  private readonly bare = new Map<string, string>()
  /** Letters whose values were compared. */
  private readonly compared = new Set<string>()
  /** Lines that show values which are not compared in full. */
  readonly notCompared = new Set<string>()
  private readonly expected: Readonly<Record<string, unknown>> | undefined
  private readonly parts: NonNullable<Scenario['written']>

  constructor({ values, written = {} }: Pick<Scenario, 'values' | 'written'>) {
    this.expected = values
    this.parts = written
  }

  /** Values that the test put into its lines and that were not compared. */
  get refused(): readonly string[] {
    const bare = [...this.bare].filter(([letter]) => !this.compared.has(letter))
    return [...this.valued, ...bare.map(([, text]) => text)]
  }

  /** The text for a record's value: its letter if the value is the expected one. */
  ofRecord(line: string, { letter, nth }: Lettered, value: unknown): string {
    const { expected = {} } = this
    const one = marbleName({ char: letter, nth })
    const name = [one, letter].find((known) => Object.hasOwn(expected, known))
    if (name === undefined) return letter
    return this.judged(line, name, value) === name ? letter : unknownLetter
  }

  /**
   * The text for a letter that a test puts into its own line. Without an expected value, any value would pass; and without a
   * value, so would a letter with an expected one, unless another line compares that.
   */
  ofMark(line: string, letter: string, value: readonly unknown[]): string {
    const isExpected = Object.hasOwn(this.expected ?? {}, letter)
    if (value.length > 0 && isExpected) return this.ofRecord(line, { letter, nth: undefined }, value[0])
    if (value.length > 0)
      this.valued.add(
        `“${line}” got “${letter}” with the value ${shownValue(value[0])}, which is compared with nothing: \`values\` has no “${letter}”. Say there what it stands for, or leave the value out.`
      )
    else if (isExpected)
      this.bare.set(
        letter,
        `“${line}” got “${letter}” without a value, so what \`values\` has for “${letter}” is compared with nothing: give the value as the second argument, or use another letter.`
      )
    return letter
  }

  /** The text for a written value without a letter of its own: the letter with that expected value. */
  ofWritten(line: string, value: Uint8Array | null): string {
    const { expected } = this
    if (expected === undefined) {
      const decoded = value === null ? '' : text.decode(value)
      if (decoded.length > 1) this.notCompared.add(line)
      return decoded.charAt(0) || unknownLetter
    }
    const letters = Object.keys(expected)
    const same = letters.find((letter) => isValue(expected[letter], value))
    if (same !== undefined) {
      this.compared.add(same)
      return same
    }
    const decoded = value === null ? '' : text.decode(value)
    // A letter without an expected value is its own value.
    if (decoded.length === 1 && !Object.hasOwn(expected, decoded)) return decoded
    const [closest] = letters
      .map((letter) => ({ letter, count: differencesOf('', plain(expected[letter]), read(value)).length }))
      .sort((a, b) => a.count - b.count)
    if (closest === undefined) return unknownLetter
    return this.judged(line, closest.letter, value)
  }

  /** The letter of a written record; `?` if its key, partition or headers differ from the expected ones. */
  ofParts(line: string, { letter, nth }: Lettered, { key, partition, headers }: WriteParts): string {
    const name = [marbleName({ char: letter, nth }), letter].find((known) => Object.hasOwn(this.parts, known))
    const expected = name === undefined ? undefined : this.parts[name]
    if (name === undefined || expected === undefined) return letter
    const compared: readonly (readonly [part: string, expected: unknown, actual: unknown])[] = [
      ...('key' in expected ? [['key', expected.key, key] as const] : []),
      ...('partition' in expected ? [['partition', expected.partition, partition] as const] : []),
      ...Object.entries(expected.headers ?? {}).map(
        ([header, value]) => [`header ${header}`, value, headers.findLast((one) => one.name === header)?.value] as const
      )
    ]
    const wrong = compared.filter(([, expected, actual]) => !isValue(expected, actual))
    if (wrong.length === 0) return letter
    const texts = wrong.map(
      ([part, expected, actual]) =>
        `  ${part} is ${actual === undefined ? 'not there' : shownValue(read(actual))}, where ${shownValue(expected)} was expected`
    )
    this.differences.push({ line, text: [`“${line}”: ${name} was written otherwise`, ...texts].join('\n') })
    return unknownLetter
  }

  private judged(line: string, letter: string, value: unknown): string {
    const expected = this.expected?.[letter]
    this.compared.add(letter)
    if (isValue(expected, value)) return letter
    const parts = differencesOf('', plain(expected), read(value))
    this.differences.push({
      line,
      text: `“${line}”: ${shownValue(read(value))} is not ${letter}\n${parts.map((part) => `  ${part}`).join('\n')}`
    })
    return unknownLetter
  }
}

/** Compares bytes as text, or as JSON if the expected value is not a text. */
const isValue = (expected: unknown, value: unknown): boolean => {
  if (!(value instanceof Uint8Array)) return deepEqual(expected, value)
  if (expected instanceof Uint8Array) return deepEqual([...expected], [...value])
  if (expected === null || expected === undefined) return false
  return typeof expected === 'string' ? text.decode(value) === expected : deepEqual(plain(expected), read(value))
}

/** A value as one line of text; bytes are decoded. */
export const readText = (value: unknown): string => shownValue(read(value))

const read = (value: unknown): unknown => {
  if (!(value instanceof Uint8Array)) return value
  const decoded = text.decode(value)
  try {
    return JSON.parse(decoded) as unknown
  } catch {
    return decoded
  }
}

/** The value's JSON form, if it is compared with one. */
const plain = (value: unknown): unknown => {
  try {
    const written = JSON.stringify(value) as string | undefined
    return written === undefined ? value : (JSON.parse(written) as unknown)
  } catch {
    return value
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null

const differencesOf = (path: string, expected: unknown, actual: unknown): readonly string[] => {
  if (deepEqual(expected, actual)) return []
  if (!isObject(expected) || !isObject(actual) || Array.isArray(expected) !== Array.isArray(actual))
    return [`${path === '' ? 'it' : path} is ${shownValue(actual)}, where ${shownValue(expected)} was expected`]
  const names = [...new Set([...Object.keys(expected), ...Object.keys(actual)])]
  return names.flatMap((name) => differencesOf(path === '' ? name : `${path}.${name}`, expected[name], actual[name]))
}

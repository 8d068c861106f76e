import { shownValue } from '../observables/shown-value.js'
import { marbleName } from '../diagram/marble.js'
import { type Lettered, unknownLetter } from './letters.js'
import { differencesOf, isValue, jsonForm, readValue } from './compare-value.js'
import type { Scenario } from './scenario.js'
import { isMadeByUs, type WriteParts, WrittenParts } from './written-parts.js'

const text = /*#__PURE__*/ new TextDecoder()

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
  /** The expected parts of written records. */
  readonly parts: WrittenParts
  private readonly expected: Readonly<Record<string, unknown>> | undefined

  constructor({ values, written }: Pick<Scenario, 'values' | 'written'>) {
    this.expected = values
    this.parts = new WrittenParts(written)
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
      .map((letter) => ({ letter, count: differencesOf('', jsonForm(expected[letter]), readValue(value)).length }))
      .sort((a, b) => a.count - b.count)
    if (closest === undefined) return unknownLetter
    return this.judged(line, closest.letter, value)
  }

  /**
   * The letter of a written record; `?` if other parts than its value differ from the expected ones. What nothing compares is
   * remembered, unless the library has made the record.
   */
  ofParts(line: string, shown: Lettered, parts: WriteParts): string {
    const { letter } = shown
    const different = this.parts.differences(shown, parts)
    if (different === null && !isMadeByUs(parts)) this.parts.leave(line, letter, parts)
    const [first, ...texts] = different ?? []
    if (first === undefined) return letter
    this.differences.push({ line, text: [`“${line}”: ${first}`, ...texts].join('\n') })
    return unknownLetter
  }

  private judged(line: string, letter: string, value: unknown): string {
    const expected = this.expected?.[letter]
    this.compared.add(letter)
    if (isValue(expected, value)) return letter
    const parts = differencesOf('', jsonForm(expected), readValue(value))
    this.differences.push({
      line,
      text: `“${line}”: ${shownValue(readValue(value))} is not ${letter}\n${parts.map((part) => `  ${part}`).join('\n')}`
    })
    return unknownLetter
  }
}

import { escaped, printable } from './printable.js'

/** A single line that is safe to print: the library's own words, and external text, escaped and cut. */
export class Line {
  readonly text: string

  constructor(text: string) {
    this.text = escaped(text)
  }
}

/** Creates a line. Every value in it is escaped and cut, unless it is a line itself. */
export const line = (words: TemplateStringsArray, ...values: readonly (string | number | bigint | Line)[]): Line =>
  new Line(words.reduce((text, word, index) => `${text}${shown(values[index - 1])}${word}`))

export const joined = (lines: readonly Line[], separator: string): Line =>
  new Line(lines.map(({ text }) => text).join(separator))

/** The library's own words, of any length. */
export const ownWords = (text: string): Line => new Line(text)

export const nothing = new Line('')

const shown = (value: string | number | bigint | Line | undefined): string =>
  value instanceof Line ? value.text : printable(String(value ?? ''))

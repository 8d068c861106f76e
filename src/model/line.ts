import { escaped, printable } from './printable.js'

/** A text in one line that may be printed: made of our own words, and of what comes from outside, escaped and cut. */
export class Line {
  readonly text: string

  constructor(text: string) {
    this.text = escaped(text)
  }
}

/** Makes a line. Whatever is put into it is escaped and cut, unless it is a line itself. */
export const line = (words: TemplateStringsArray, ...values: readonly (string | number | bigint | Line)[]): Line =>
  new Line(words.reduce((text, word, index) => `${text}${shown(values[index - 1])}${word}`))

export const joined = (lines: readonly Line[], separator: string): Line =>
  new Line(lines.map(({ text }) => text).join(separator))

/** Own words, however many. */
export const ownWords = (text: string): Line => new Line(text)

export const nothing = new Line('')

const shown = (value: string | number | bigint | Line | undefined): string =>
  value instanceof Line ? value.text : printable(String(value ?? ''))

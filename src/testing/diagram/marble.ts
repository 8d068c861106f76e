/** One event of a line: its time, and its character. */
export interface Marble {
  readonly column: number
  readonly char: string
  /** the number of the record with this letter, from 1; omitted: any */
  readonly nth?: number | undefined
  /** the column after its text, if that is longer than one */
  readonly end?: number
}

/** A jump: the columns that it takes up, and its duration. */
export interface Jump {
  readonly from: number
  readonly to: number
  readonly ms: number
  readonly text: string
}

/** The marbles of one line of text. */
export interface MarbleRow {
  readonly marbles: readonly Marble[]
  readonly jumps: readonly Jump[]
  /** how many columns it is long */
  readonly length: number
}

const jumpAt = /^(\d+(?:\.\d+)?)(ms|s|m)(?= |$)/
const unitMs = { ms: 1, s: 1_000, m: 60_000 } as const
/** Other units than those of jumps, which would be read as letters. */
const strangeJumpAt = /^\d+(?:\.\d+)?(?:h|hrs?|hours?|d|days?|mins?|minutes?|secs?|seconds?|us|ns)(?= |$)/
/** The suffix of a letter: the number of its records (`*3`), or one of them (`[2]`). */
const timesAt = /^\*(\d+)/
const numberAt = /^\[(\d+)(?:\.\.(\d+))?\]/

/** The allowed characters. Others may be typing errors, or look as if they took no column, or two. */
const letter = /^(?!\/)[\x21-\x7e\p{L}\p{N}]$/u
const dash = /^[\p{Pd}\u2212\u2500\u2501]$/u

/** More records in one column are a typing error. */
const mostTimes = 100_000

/** The error in a row, and its column. */
export interface RowFault {
  readonly reason: string
  readonly column: number
}

/** Parses marbles; columns count from the beginning of the text. */
export const parseRow = (text: string): MarbleRow | RowFault => {
  const marbles: Marble[] = []
  const jumps: Jump[] = []
  let group: number | null = null
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at)
    const mayJump = group === null && (at === 0 || text[at - 1] === ' ')
    const jump = mayJump ? jumpAt.exec(text.slice(at)) : null
    const [strange] = (mayJump && at > 0 ? strangeJumpAt.exec(text.slice(at)) : null) ?? []
    if (strange !== undefined) return { reason: noJumpText(strange), column: at }
    if (jump !== null) {
      const [token = '', amount, unit] = jump
      const from = at === 0 ? 0 : at - 1
      // Both spaces belong to the jump.
      const to = Math.min(text.length, at + token.length + 1)
      jumps.push({ from, to, ms: Number(amount) * unitMs[unit as keyof typeof unitMs], text: text.slice(from, to) })
      at = to - 1
    } else if (char === '(') {
      if (group !== null) return { reason: 'a group within a group', column: at }
      group = at
    } else if (char === ')') {
      if (group === null) return { reason: 'no group is open here', column: at }
      if (group === at - 1) return { reason: 'there is nothing in this group', column: group }
      group = null
    } else if (group !== null && char === '-') return { reason: 'time cannot pass within a group', column: at }
    else if (char !== '-' && char !== ' ') {
      if (!letter.test(char)) return { reason: noLetterText(text, at), column: at }
      const many = severalAt(text, at, group ?? at)
      if (isRowFault(many)) return many
      marbles.push(...many.marbles)
      at = many.last
    }
  }
  if (group !== null) return { reason: 'this group is not closed', column: group }
  return { marbles, jumps, length: text.length }
}

/** The records of a letter: `a*3` is three of them, `a[2]` the second, `a[2..4]` three in order. */
const severalAt = (
  text: string,
  at: number,
  column: number
): RowFault | { readonly marbles: readonly Marble[]; readonly last: number } => {
  const char = text.charAt(at)
  const behind = text.slice(at + 1)
  const [times, count] = timesAt.exec(behind) ?? []
  const [number, first, last = first] = numberAt.exec(behind) ?? []
  if (times === undefined && number === undefined) return { marbles: [{ column, char }], last: at }
  const from = Number(first ?? 1)
  const length = times === undefined ? Number(last) - from + 1 : Number(count)
  if (from < 1 || length < 1 || length > mostTimes)
    return { reason: `“${char}${times ?? number ?? ''}” is none, or too many`, column: at }
  const end = at + 1 + (times ?? number ?? '').length
  return {
    marbles: Array.from({ length }, (_, index) =>
      times === undefined ? { column, char, nth: from + index, end } : { column, char, end }
    ),
    last: end - 1
  }
}

/** A marble as text: `a`, or `a[2]`. */
export const marbleName = ({ char, nth }: Pick<Marble, 'char' | 'nth'>): string =>
  nth === undefined ? char : `${char}[${String(nth)}]`

/** The message for a jump in another unit. */
export const noJumpText = (token: string): string =>
  `“${token}” is no jump: jumps are in ms, s and m, as 500ms, 30s, 1200m`

/** The message for a character that diagrams do not have. */
export const noLetterText = (text: string, at: number): string => {
  const char = String.fromCodePoint(text.codePointAt(at) ?? 0)
  const code = `U+${(text.codePointAt(at) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`
  if (char === '/') return 'a diagram has no comments, and / is no letter'
  if (char === '\t') return 'a tab takes no certain number of columns: write spaces'
  if (dash.test(char)) return `“${char}” (${code}) is no hyphen: write -`
  if (char.trim() === '') return `this blank (${code}) is no space: write a space, or -`
  return `“${char}” (${code}) is no letter of a diagram: a letter, a digit or another character of ASCII takes one column`
}

export const isRowFault = (row: object): row is RowFault => 'reason' in row

import { Columns } from './columns.js'
import { DiagramError } from './diagram-error.js'
import { isInput, type LineLabel, markHint, parseLabel, whyNoLabel } from './line-label.js'
import { isRowFault, type Jump, type Marble, type MarbleRow, noJumpText, noLetterText, parseRow } from './marble.js'

/** One line of a diagram, as written and as parsed. */
export interface DiagramLine {
  readonly name: string
  readonly label: LineLabel
  readonly marbles: readonly Marble[]
  /** the events of the final drain in order, behind `..`; null if the line does not mention it */
  readonly after: readonly Marble[] | null
  /** its text from the first column on */
  readonly text: string
  /** its index in `Diagram.text` */
  readonly row: number
  /** the times of its own columns, if they are durations instead of moments of the diagram */
  readonly durations: Columns | null
}

/** A parsed diagram. */
export interface Diagram {
  /** its lines of text, without their common indentation */
  readonly text: readonly string[]
  /** the width of the labels: the index of column 0 in `text` */
  readonly margin: number
  readonly lines: readonly DiagramLine[]
  readonly jumps: readonly Jump[]
  readonly columns: Columns
}

/** The characters that are allowed in a line; undefined if any letter is. */
const alphabets: Readonly<Partial<Record<LineLabel['_tag'], string>>> = {
  member: '^|!#xT~',
  pauses: '^!',
  'sink takes': '|#',
  takes: '|#',
  throttles: '|',
  handles: '^|#!',
  counts: '123456789+',
  rebalances: 'ArRL',
  ends: '|!#',
  time: ''
}

/** Blanks that look like spaces, and tabs. */
const strangeBlank = /[^\S ]/
const comment = /^(?:\/\/|#|\/\*|--\s)/

const lineForm = /^(\S+(?: \S+)*) {2,}(\S.*?)\s*$/

type Fail = (reason: string, row: number, column: number) => never

const checkText = (text: readonly string[], fail: Fail): void => {
  if (text.length === 0) fail('there is no line', 0, 0)
  for (const [row, line] of text.entries()) {
    const strange = strangeBlank.exec(line)
    if (strange !== null) fail(noLetterText(line, strange.index), row, strange.index)
    if (comment.test(line)) fail('a diagram has no comments', row, 0)
    if (line.startsWith(' '))
      fail('the lines of a diagram begin in the same column: this one has another indentation than others', row, 0)
  }
}

/** One line has all durations of its kind. */
const checkDurationLines = (lines: readonly DiagramLine[], fail: Fail): void => {
  const again = lines.find(
    (line, index) => line.durations !== null && lines.findIndex(({ name }) => name === line.name) < index
  )
  if (again !== undefined)
    fail(
      `“${again.name}” has a line already: write the end of the next behind that of the one before, in one line`,
      again.row,
      0
    )
}

/**
 * Parses a diagram. `columnMs` is the duration of a column; `marks` are the lines that the test itself writes.
 *
 * @throws DiagramError that shows the error
 */
export const parseDiagram = (source: string, columnMs = 1, marks: ReadonlySet<string> = new Set()): Diagram => {
  const text = withoutIndentation(source)
  const fail: Fail = (reason, row, column) => {
    throw new DiagramError(reason, text, row, column)
  }
  checkText(text, fail)
  const split = text.map((line, row) => {
    const match = lineForm.exec(line)
    if (match === null) {
      if (parseLabel(line, marks) !== null) fail(`“${line}” has no marbles: write - for nothing`, row, line.length)
      return fail(
        `a line is a label, two spaces and marbles${oneSpace(line, marks).hint}`,
        row,
        oneSpace(line, marks).at
      )
    }
    const [, name = '', marbles = ''] = match
    const label = parseLabel(name, marks) ?? fail(whyNoLine(name, marks), row, oneSpace(name, marks).at)
    return { name, label, marbles, margin: line.indexOf(marbles, name.length + 2), row }
  })
  const margin = Math.min(...split.map((line) => line.margin))
  const lines = split.map(
    ({ name, label, marbles, row, margin: own }): DiagramLine & { readonly jumpsHere: MarbleRow } => {
      if (own !== margin) fail('marbles begin in the same column in all lines: write - for nothing', row, own)
      const end = drainAt(marbles)
      const parsed = parseRow(end === null ? marbles : marbles.slice(0, end))
      if (isRowFault(parsed)) return fail(parsed.reason, row, margin + parsed.column)
      const rest = end === null ? null : parseRow(marbles.slice(end + drainMark.length))
      if (rest !== null && isRowFault(rest))
        return fail(rest.reason, row, margin + (end ?? 0) + drainMark.length + rest.column)
      if (end !== null && isInput(label))
        fail(`nothing is done behind ..: “${name}” is no expectation`, row, margin + end)
      if (rest !== null && rest.jumps.length > 0)
        fail('no time is said behind .., only the order', row, margin + (end ?? 0))
      const drainAtColumn = (end ?? 0) + drainMark.length
      const after = rest?.marbles.map((one) => ({ ...one, column: one.column + drainAtColumn })) ?? null
      const allowed = alphabets[label._tag]
      const strange = [...parsed.marbles, ...(after ?? [])].find(({ char }) => allowed?.includes(char) === false)
      if (strange !== undefined)
        fail(
          noJump(marbles, strange) ??
            notAllowed(strange.char, name, allowed ?? '') + noMember(label, parsed.marbles, marks),
          row,
          margin + strange.column
        )
      const numbered = isInput(label) ? parsed.marbles.find(({ nth }) => nth !== undefined) : undefined
      if (numbered !== undefined)
        fail('numbers are for what is expected: a*3 is written three times', row, margin + numbered.column)
      const durations = hasDurations(label) ? new Columns(parsed.length, parsed.jumps, columnMs) : null
      return { name, label, marbles: parsed.marbles, after, text: marbles, row, durations, jumpsHere: parsed }
    }
  )
  checkDurationLines(lines, fail)
  const timed = lines.filter(({ durations }) => durations === null)
  const jumps = jumpsOf(timed, (reason, row, column) => fail(reason, row, margin + column))
  const count = Math.max(0, ...timed.map(({ jumpsHere }) => jumpsHere.length))
  if (lines.every(({ label }) => !isInput(label))) fail('nothing is done: there is no member and no record', 0, 0)
  return { text, margin, lines, jumps, columns: new Columns(count, jumps, columnMs) }
}

/** Separates the events of the final drain, when running members are drained after the last column. */
const drainMark = '..'

/** Where the part about the final drain begins: at `..`, except within `a[2..4]`. */
const drainAt = (marbles: string): number | null => {
  const found = /(?<!\[\d+)\.\./.exec(marbles)
  return found === null ? null : found.index
}

/** The part of a row about the final drain, with its mark; empty if there is none. */
export const drainPart = (marbles: string): string => marbles.slice(drainAt(marbles) ?? marbles.length)

/** Lines whose columns are durations, not moments of the diagram. */
const hasDurations = ({ _tag }: LineLabel): boolean => _tag === 'sink takes' || _tag === 'takes' || _tag === 'throttles'

const notAllowed = (char: string, name: string, allowed: string): string =>
  `“${char}” means nothing in the line “${name}”${allowed === '' ? '' : `, which has ${Array.from(allowed).join(' ')}`}`

/** The end of a label that has only one space behind it; undefined if that is not the error. */
const oneSpace = (line: string, marks: ReadonlySet<string>): { readonly hint: string; readonly at: number } => {
  const words = line.split(' ')
  for (let count = words.length - 1; count > 0; count--) {
    const label = words.slice(0, count).join(' ')
    if (parseLabel(label, marks) === null || !/[-^|()*]|^\w+$/.test(words[count] ?? '')) continue
    return { hint: `: there is only one space behind “${label}”`, at: label.length }
  }
  return { hint: '', at: 0 }
}

const whyNoLine = (name: string, marks: ReadonlySet<string>): string => {
  const { hint } = oneSpace(name, marks)
  // A word with dashes is not part of a label.
  return hint !== '' && name.includes('-')
    ? `a line is a label, two spaces and marbles${hint}`
    : whyNoLabel(name, marks)
}

/** The line of a member that never begins may have been meant as a line of `mark`. */
const noMember = (label: LineLabel, marbles: readonly Marble[], marks: ReadonlySet<string>): string => {
  if (label._tag !== 'member' || marbles.some(({ char }) => char === '^')) return ''
  return `. It is taken for a member.${markHint(label.member, marks)}`
}

/** The text that was meant as a jump; null if there is none. */
export const noJump = (text: string, { column }: Marble): string | null => {
  const [found] = /^\d+(?:\.\d+)?[a-zA-Z]+/.exec(text.slice(column)) ?? []
  if (found === undefined) return null
  return /^\d+(?:\.\d+)?(?:ms|s|m)$/.test(found) ? `a jump has a space at both sides: “ ${found} ”` : noJumpText(found)
}

/** A jump in one line is a jump in all of them. */
const jumpsOf = (
  lines: readonly (DiagramLine & { readonly jumpsHere: MarbleRow })[],
  fail: (reason: string, row: number, column: number) => never
): readonly Jump[] => {
  const jumps: Jump[] = []
  for (const { jumpsHere, row } of lines) {
    for (const jump of jumpsHere.jumps) {
      const known = jumps.find(({ from, to }) => from < jump.to && jump.from < to)
      if (known === undefined) jumps.push(jump)
      else if (known.from !== jump.from || known.ms !== jump.ms)
        fail(`another line has a jump of${known.text.trimEnd()} here`, row, jump.from)
    }
  }
  for (const { marbles, row } of lines) {
    const hidden = marbles.find(({ column }) => jumps.some(({ from, to }) => from < column && column < to))
    if (hidden !== undefined)
      fail('a jump begins before: write what happens during it where it begins', row, hidden.column)
  }
  return jumps
}

const withoutIndentation = (source: string): readonly string[] => {
  const lines = source.split('\n').filter((line) => line.trim() !== '')
  const indentations = lines.map((line) => /^[ \t]*/.exec(line)?.[0] ?? '')
  let common = indentations[0] ?? ''
  for (const one of indentations) while (!one.startsWith(common)) common = common.slice(0, -1)
  return lines.map((line) => line.slice(common.length).trimEnd())
}

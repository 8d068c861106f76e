import type { Diagram } from './parse-diagram.js'
import { type Marble, marbleName } from './marble.js'

const none: ReadonlySet<string> = new Set()

/**
 * Draws marbles in as many rows as needed: what does not fit after a group goes into the next row. `numbered` letters get the
 * number of their record.
 */
export const drawRows = (marbles: readonly Marble[], count: number, numbered = none): readonly string[] => {
  const columns = [...new Set(marbles.map(({ column }) => column))].sort((a, b) => a - b)
  const rows: string[] = []
  const put = (column: number, text: string): void => {
    const row = rows.findIndex((drawn) => drawn.length <= column)
    const before = row === -1 ? '' : (rows[row] ?? '')
    const drawn = `${before}${'-'.repeat(column - before.length)}${text}`
    if (row === -1) rows.push(drawn)
    else rows[row] = drawn
  }
  for (const column of columns) {
    const here = marbles.filter((marble) => marble.column === column)
    const parts = runsOf(here, numbered)
    put(column, parts.length === 1 ? (parts[0] ?? '') : `(${parts.join('')})`)
  }
  if (rows.length === 0) rows.push('')
  return rows.map((row) => row.padEnd(count, '-'))
}

/** Up to this many equal letters are drawn one by one. */
const mostAlike = 3

/** `aaaa` is drawn as `a*4`, and consecutive numbers as `a[1..4]`. */
const runsOf = (marbles: readonly Marble[], numbered: ReadonlySet<string>): readonly string[] => {
  const runs: Marble[][] = []
  for (const marble of marbles) {
    const last = runs.at(-1)
    const before = last?.at(-1)
    const follows =
      before?.char === marble.char && (!numbered.has(marble.char) || before.nth === (marble.nth ?? NaN) - 1)
    if (follows) last?.push(marble)
    else runs.push([marble])
  }
  return runs.flatMap((run) => {
    const [first] = run
    if (first === undefined) return []
    const { char, nth } = first
    if (numbered.has(char) && nth !== undefined)
      return [run.length === 1 ? marbleName(first) : `${char}[${String(nth)}..${String(nth + run.length - 1)}]`]
    return run.length > mostAlike ? [`${char}*${String(run.length)}`] : run.map(() => char)
  })
}

/** A diagram as text: each line's name and rows, aligned. */
export const drawDiagram = (lines: readonly (readonly [name: string, row: string])[]): readonly string[] => {
  const width = Math.max(...lines.map(([name]) => name.length)) + 2
  return lines.map(([name, row]) => `${name.padEnd(width)}${row}`)
}

/** The name of a column in messages: its number, and its time if that differs. */
export const columnText = ({ columns }: Diagram, column: number): string => {
  const ms = columns.startOf(column)
  return ms === column ? `${String(column)} ms` : `column ${String(column)} (${timeText(ms)})`
}

/** 1500 as `1.5s`, like jumps. */
const timeText = (ms: number): string => (ms >= 1_000 ? `${String(ms / 1_000)}s` : `${String(ms)}ms`)

import type { Diagram } from './parse-diagram.js'
import type { Marble } from './marble.js'

/** Draws marbles in as many rows as they need: what does not fit behind a group goes into the next. */
export const drawRows = (marbles: readonly Marble[], count: number): readonly string[] => {
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
    const chars = marbles.filter((marble) => marble.column === column).map(({ char }) => char)
    put(column, chars.length === 1 ? (chars[0] ?? '') : `(${chars.join('')})`)
  }
  if (rows.length === 0) rows.push('')
  return rows.map((row) => row.padEnd(count, '-'))
}

/** A diagram as text: each line's name and rows, aligned. */
export const drawDiagram = (lines: readonly (readonly [name: string, row: string])[]): readonly string[] => {
  const width = Math.max(...lines.map(([name]) => name.length)) + 2
  return lines.map(([name, row]) => `${name.padEnd(width)}${row}`)
}

/** The name of a column for a reader: its number, and its time where that is another. */
export const columnText = ({ columns }: Diagram, column: number): string => {
  const ms = columns.startOf(column)
  return ms === column ? `${String(column)} ms` : `column ${String(column)} (${timeText(ms)})`
}

/** 1500 → `1.5s`: as jumps are written. */
export const timeText = (ms: number): string => (ms >= 1_000 ? `${String(ms / 1_000)}s` : `${String(ms)}ms`)

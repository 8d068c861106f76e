import { escaped } from '../model/printable.js'

/** The lines of a table. Columns are as wide as a terminal shows their widest cell. Numbers are aligned to the right. */
export const tableOf = (
  head: readonly string[],
  rows: readonly (readonly (string | number | bigint | null)[])[]
): readonly string[] => {
  const cells = rows.map((row) => row.map((cell) => (cell === null ? '-' : escaped(String(cell)))))
  const isNumber = head.map((_, column) => rows.length > 0 && rows.every((row) => typeof row[column] !== 'string'))
  const widths = head.map((title, column) =>
    cells.reduce((most, row) => Math.max(most, widthOf(row[column] ?? '')), title.length)
  )
  const lineOf = (row: readonly string[]): string =>
    row
      .map((cell, column) => {
        const blanks = ' '.repeat((widths[column] ?? 0) - widthOf(cell))
        return isNumber[column] === true ? blanks + cell : cell + blanks
      })
      .join('  ')
      .trimEnd()
  return [lineOf(head), ...cells.map(lineOf)]
}

/** The width of a text on a terminal: combining characters take no column, East Asian characters and emoji two. */
const widthOf = (text: string): number => {
  if (/^[ -~]*$/.test(text)) return text.length
  let width = 0
  for (const character of text) if (!/^[\p{Mn}\p{Me}\p{Cf}]$/u.test(character)) width += wide.test(character) ? 2 : 1
  return width
}

/** Wide and fullwidth characters of Unicode's East Asian Width. */
const wide =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f680}-\u{1f6ff}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}]$/u

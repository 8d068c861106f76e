import { drawRows } from './draw.js'
import { isInput, type LineLabel } from './line-label.js'
import { type Marble, marbleName } from './marble.js'
import { type Diagram, type DiagramLine, drainPart } from './parse-diagram.js'
import { endsLock } from './share-lines.js'

/** Compares events after the last column with the parts of lines behind `..`; returns the difference as text, or null. */
export const compareAfter = (
  { lines, margin }: Diagram,
  happened: (line: DiagramLine) => readonly Marble[]
): string | null => {
  const compared = lines.filter(({ label, after }) => !isInput(label) && (after !== null || isWork(label)))
  const names = [...new Set(compared.map(({ name }) => name))]
  const different = names.flatMap((name) => {
    const rows = lines.filter((line) => line.name === name)
    const [first] = rows
    if (first === undefined) return []
    const expected = rows.flatMap(({ after }) => after ?? [])
    const actual = happened(first)
    return isSame(expected, actual) ? [] : [{ name, rows, expected, actual }]
  })
  const [first] = different
  if (first === undefined) return null
  const row = (name: string, text: string): string => `  ${name.padEnd(margin)}${text}`
  return [
    `the diagram did not come true: “${first.name}” after the last column, in the final drain: ${listText(first.actual)}, where ${listText(first.expected)} was expected`,
    '',
    'expected',
    ...different.flatMap(({ name, rows }) => rows.map(({ text }) => row(name, text))),
    '',
    'was',
    ...different.flatMap(({ name, rows, actual }) =>
      rows.map(({ text }, index) => {
        const last = index === rows.length - 1
        const before = text.slice(0, text.length - drainPart(text).length)
        return row(name, last && actual.length > 0 ? `${before}..${drawn(actual)}` : before)
      })
    ),
    '',
    'Members that are alive at the end are drained: what that brings is written behind `..`, or the diagram made longer.',
    ''
  ].join('\n')
}

/**
 * A drain always ends streams and members, so their lines are compared only if they have a part behind `..`; its work is always
 * compared.
 */
const isWork = ({ _tag }: LineLabel): boolean =>
  ['acks', 'commits', 'refused', 'handles', 'sink', 'writes', 'mark'].includes(_tag) || endsLock(_tag)

const isSame = (expected: readonly Marble[], actual: readonly Marble[]): boolean =>
  expected.length === actual.length &&
  expected.every(({ char, nth }, index) => {
    const found = actual[index]
    return found?.char === char && (nth === undefined || found.nth === nth)
  })

const listText = (marbles: readonly Marble[]): string =>
  marbles.length === 0 ? 'nothing' : `“${marbles.map((marble) => marbleName({ ...marble, nth: undefined })).join('')}”`

const drawn = (marbles: readonly Marble[]): string =>
  drawRows(
    marbles.map(({ char, nth }) => ({ column: 0, char, nth })),
    0
  ).join('')

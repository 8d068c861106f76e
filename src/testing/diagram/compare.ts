import { columnText, drawRows } from './draw.js'
import { isInput } from './line-label.js'
import { type Marble, marbleName } from './marble.js'
import { type Diagram, type DiagramLine, drainPart } from './parse-diagram.js'

/** The actual events for a line of the diagram. */
export type Happened = (line: DiagramLine) => readonly Marble[]

interface Difference {
  readonly name: string
  readonly column: number
  readonly expected: Marble | undefined
  readonly actual: Marble | undefined
}

interface Compared {
  readonly name: string
  readonly rows: readonly DiagramLine[]
  readonly actual: readonly Marble[]
  readonly difference: Difference | null
}

/** Compares the expected events with the actual ones; returns the difference as text, or null. */
export const compareDiagram = (
  diagram: Diagram,
  happened: Happened,
  notesOf: () => readonly string[]
): string | null => {
  const compared = namesOf(diagram).map((name): Compared => {
    const rows = diagram.lines.filter((line) => line.name === name)
    const [first] = rows
    if (first === undefined || isInput(first.label)) return { name, rows, actual: [], difference: null }
    const expected = rows.flatMap(({ marbles }) => marbles).sort((a, b) => a.column - b.column)
    const actual = happened(first)
    return { name, rows, actual, difference: firstDifference(name, expected, actual) }
  })
  const differences = compared.flatMap(({ difference }) => difference ?? [])
  const [earliest] = differences.sort((a, b) => a.column - b.column)
  if (earliest === undefined) return null
  const differing = new Set(differences.map(({ name }) => name))
  const others = differing.size - 1
  const notes = notesOf()
  return [
    `the diagram did not come true: ${describe(diagram, earliest)}`,
    '',
    'expected',
    ...withCaret(
      compared.flatMap(({ name, rows }) => rows.map(({ text }) => [name, text] as const)),
      diagram.margin,
      earliest
    ),
    '',
    'was',
    ...withCaret(
      compared.flatMap(({ name, rows, actual, difference }) =>
        (difference === null
          ? rows.map(({ text }) => text)
          : withDrainParts(rows, drawRows(actual, diagram.columns.count, numberedIn(rows)))
        ).map((row) => [name, row] as const)
      ),
      diagram.margin,
      earliest
    ),
    ...(others === 0
      ? []
      : ['', `also different: ${[...differing].filter((name) => name !== earliest.name).join(', ')}`]),
    ...(notes.length === 0 ? [] : ['', ...notes]),
    ''
  ].join('\n')
}

/** The diagram with the actual events in place of the expected ones. */
export const happenedText = (diagram: Diagram, happened: Happened): readonly string[] =>
  namesOf(diagram).flatMap((name) => {
    const rows = diagram.lines.filter((line) => line.name === name)
    const [first] = rows
    const texts =
      first === undefined || isInput(first.label)
        ? rows.map(({ text }) => text)
        : drawRows(happened(first), diagram.columns.count, numberedIn(rows))
    return texts.map((row) => `  ${name.padEnd(diagram.margin)}${row}`)
  })

const namesOf = ({ lines }: Diagram): readonly string[] => [...new Set(lines.map(({ name }) => name))]

/** Before the final drain the parts of lines about it stay unchanged. */
const withDrainParts = (rows: readonly DiagramLine[], drawn: readonly string[]): readonly string[] => {
  const parts = rows.map(({ text }) => drainPart(text)).join('')
  return drawn.map((row, index) => (index === drawn.length - 1 ? row + parts : row))
}

/** Letters whose records a line distinguishes. */
const numberedIn = (rows: readonly DiagramLine[]): ReadonlySet<string> =>
  new Set(rows.flatMap(({ marbles }) => marbles.flatMap(({ char, nth }) => (nth === undefined ? [] : [char]))))

const isMeant = (expected: Marble | undefined, found: Marble | undefined): boolean =>
  expected?.char === found?.char &&
  expected?.column === found?.column &&
  (expected?.nth === undefined || expected.nth === found?.nth)

const firstDifference = (name: string, expected: readonly Marble[], actual: readonly Marble[]): Difference | null => {
  for (let index = 0; index < Math.max(expected.length, actual.length); index++) {
    const wanted = expected[index]
    const found = actual[index]
    if (isMeant(wanted, found)) continue
    const column = Math.min(wanted?.column ?? Infinity, found?.column ?? Infinity)
    return {
      name,
      column,
      expected: wanted?.column === column ? wanted : undefined,
      actual: found?.column === column ? found : undefined
    }
  }
  return null
}

const describe = (diagram: Diagram, { name, column, expected, actual }: Difference): string => {
  const where = `“${name}” at ${columnText(diagram, column)}`
  const found = actual === undefined ? 'nothing' : `“${expected?.nth === undefined ? actual.char : marbleName(actual)}”`
  return `${where}: ${found}, where ${expected === undefined ? 'nothing' : `“${marbleName(expected)}”`} was expected`
}

/** The lines, with a caret at the column below the last differing line of that name. */
const withCaret = (
  lines: readonly (readonly [name: string, row: string])[],
  margin: number,
  { name, column }: Difference
): readonly string[] => {
  const last = lines.findLastIndex(([other]) => other === name)
  return lines.flatMap(([label, row], index) => [
    `  ${label.padEnd(margin)}${row}`,
    ...(index === last ? [`  ${' '.repeat(margin + column)}^`] : [])
  ])
}

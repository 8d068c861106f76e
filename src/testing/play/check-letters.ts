import { DiagramError } from '../diagram/diagram-error.js'
import { didYouMean } from '../diagram/did-you-mean.js'
import type { LineLabel } from '../diagram/line-label.js'
import { type Marble, marbleName } from '../diagram/marble.js'
import type { Diagram } from '../diagram/parse-diagram.js'
import type { AnyScenario } from './share-scenario.js'

/**
 * Checks that every letter and member in a scenario occurs in its diagram: otherwise its settings would have no effect, and
 * nothing would be compared with them.
 *
 * @throws DiagramError that names the unknown one, and those that exist
 */
export const checkLetters = (diagram: Diagram, scenario: AnyScenario): void => {
  const reason = faultOf(diagram, scenario)
  if (reason !== null) throw new DiagramError(reason, diagram.text, nowhere, 0)
}

/**
 * Checks the letters of expectations, after the diagram has been fulfilled: a diagram that is still being drawn lacks letters.
 *
 * @throws DiagramError that says which letter no line shows
 */
export const checkShownLetters = (diagram: Diagram, { values = {}, written = {} }: AnyScenario): void => {
  const reason =
    unknownOf(
      Object.keys(values),
      namesIn(diagram, ['sink', 'writes', 'mark']),
      (name) => `\`values\` says what “${name}” stands for, and no line “sink”, “writes …” or of \`mark\` shows it`
    ) ??
    unknownOf(
      Object.keys(written),
      namesIn(diagram, ['writes']),
      (name) => `\`written\` says how “${name}” is written, and no line “writes …” shows it`
    )
  if (reason !== null) throw new DiagramError(reason, diagram.text, nowhere, 0)
}

/** The error does not belong to a line. */
const nowhere = -1

/** The member that reads the remaining records at the end; diagrams do not show it. */
export const rescuer = 'rescue'

const faultOf = (
  diagram: Diagram,
  { records = {}, faults = {}, events = {}, members = {}, losesNothing = false }: AnyScenario
): string | null =>
  unknownOf(
    Object.keys(records),
    lettersIn(diagram, ['records']),
    (letter) => `\`records\` says what “${letter}” is, and it is never written`
  ) ??
  unknownOf(
    Object.keys(faults),
    lettersIn(diagram, ['fails']),
    (letter) => `\`faults\` says what “${letter}” means, and no line “fails …” has it`
  ) ??
  eventsFault(diagram, Object.keys(events)) ??
  unknownOf(
    Object.keys(members).filter((name) => losesNothing === false || name !== rescuer),
    membersOf(diagram),
    (member) => `“members” names “${member}”, which is no member`
  )

/** The letter of an event that must not happen is in no line: it is enough that a line would show the event. */
const eventsFault = ({ lines }: Diagram, [letter]: readonly string[]): string | null =>
  letter === undefined || lines.some(({ label }) => label._tag === 'events')
    ? null
    : `\`events\` says what “${letter}” means, and there is no line “… events”`

const unknownOf = (
  given: readonly string[],
  known: readonly string[],
  reason: (name: string) => string
): string | null => {
  const unknown = given.find((name) => !known.includes(name))
  return unknown === undefined ? null : `${reason(unknown)}.${didYouMean(unknown, known)}`
}

const marblesIn = ({ lines }: Diagram, tags: readonly LineLabel['_tag'][]): readonly Marble[] =>
  lines.filter(({ label }) => tags.includes(label._tag)).flatMap(({ marbles, after }) => [...marbles, ...(after ?? [])])

const lettersIn = (diagram: Diagram, tags: readonly LineLabel['_tag'][]): readonly string[] =>
  unique(marblesIn(diagram, tags).map(({ char }) => char))

/** Letters, with the numbers of those that a line distinguishes; a letter without a number may be any of its records. */
const namesIn = (diagram: Diagram, tags: readonly LineLabel['_tag'][]): readonly string[] => {
  const shown = marblesIn(diagram, tags)
  const written = marblesIn(diagram, ['records'])
  return unique(
    shown.flatMap(({ char, nth }) => {
      const count = written.filter((one) => one.char === char).length
      const numbers = nth === undefined ? Array.from({ length: count }, (_, index) => index + 1) : [nth]
      return [char, ...numbers.map((number) => marbleName({ char, nth: number }))]
    })
  )
}

const membersOf = ({ lines }: Diagram): readonly string[] =>
  unique(lines.flatMap(({ label }) => (label._tag === 'member' ? [label.member] : [])))

const unique = (list: readonly string[]): readonly string[] => [...new Set(list)]

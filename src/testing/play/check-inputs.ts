import { DiagramError } from '../diagram/diagram-error.js'
import { didYouMean } from '../diagram/did-you-mean.js'
import { placeText } from '../diagram/line-label.js'
import type { Marble } from '../diagram/marble.js'
import type { Diagram, DiagramLine } from '../diagram/parse-diagram.js'
import { shareFaultOf } from './check-shares.js'
import type { AnyScenario } from './share-scenario.js'

/**
 * Checks that the actions of a diagram are possible: a member ends only after it has begun, letters are known.
 *
 * @throws DiagramError that shows the impossible action
 */
export const checkInputs = (diagram: Diagram, scenario: AnyScenario): void => {
  for (const line of diagram.lines) {
    const wrong = shareFaultOf(line, scenario)
    if (wrong !== null)
      throw new DiagramError(
        wrong.reason,
        diagram.text,
        line.row,
        wrong.column === null ? 0 : diagram.margin + wrong.column
      )
    const fault = faultOf(diagram, line, scenario) ?? livesFault(diagram, line)
    if (fault !== null)
      throw new DiagramError(fault.reason, diagram.text, line.row, diagram.margin + fault.marble.column)
  }
  if (scenario.config?.subscription === undefined && !diagram.lines.some(({ label }) => label._tag === 'records'))
    throw new DiagramError(
      'there is no topic that members could read: a line such as “orders/0  abc” writes to one, and `config` may have another `subscription`',
      diagram.text,
      -1,
      0
    )
}

interface InputFault {
  readonly reason: string
  readonly marble: Marble
}

const faultOf = (diagram: Diagram, { label, marbles }: DiagramLine, scenario: AnyScenario): InputFault | null => {
  switch (label._tag) {
    case 'fails': {
      const broken = label.of === null ? undefined : marbles.find(({ char }) => isBroken(scenario, char))
      if (broken !== undefined)
        return {
          reason: 'a connection breaks for a whole request: write an error code of the partition',
          marble: broken
        }
      const marble = marbles.find(({ char }) => char !== 'x' && scenario.faults?.[char] === undefined)
      return marble === undefined
        ? null
        : { reason: `“${marble.char}” is not among the faults of the scenario`, marble }
    }
    case 'events': {
      const marble = marbles.find(({ char }) => scenario.events?.[char] === undefined)
      return marble === undefined
        ? null
        : { reason: `“${marble.char}” is not among the events of the scenario`, marble }
    }
    case 'seeks': {
      const place = placeText(label.place)
      const written = diagram.lines.flatMap((line) =>
        line.label._tag === 'records' && placeText(line.label.place) === place ? line.marbles : []
      )
      const marble = marbles.find(
        (one) => !written.some(({ char, column }) => char === one.char && column <= one.column)
      )
      if (marble === undefined) return null
      const hint = written.length > 0 ? '' : `.${didYouMean(place, writtenPlaces(diagram))}`
      return { reason: `“${marble.char}” has not been written to ${place} by then${hint}`, marble }
    }
    default:
      return null
  }
}

const writtenPlaces = ({ lines }: Diagram): readonly string[] => [
  ...new Set(lines.flatMap(({ label }) => (label._tag === 'records' ? [placeText(label.place)] : [])))
]

const isBroken = ({ faults }: AnyScenario, char: string): boolean =>
  (faults?.[char] ?? (char === 'x' ? 'disconnect' : null)) === 'disconnect'

/** The lines of one member show its lives, one after the other. */
const livesFault = ({ lines }: Diagram, line: DiagramLine): InputFault | null => {
  const { label, name } = line
  if (label._tag !== 'member') return null
  const rows = lines.filter((one) => one.name === name)
  // Shown in the last line: the others may be right.
  if (rows.at(-1) !== line) return null
  return memberFault(
    label.member,
    rows.flatMap(({ marbles }) => marbles).sort((a, b) => a.column - b.column)
  )
}

const memberFault = (member: string, marbles: readonly Marble[]): InputFault | null => {
  let state: 'absent' | 'alive' | 'draining' = 'absent'
  for (const marble of marbles) {
    const begins = marble.char === '^'
    if (begins && state === 'alive') return { reason: `“${member}” has begun already`, marble }
    if (!begins && state === 'absent') return { reason: `“${member}” has not begun: ^ comes first`, marble }
    if (begins) state = 'alive'
    else if (marble.char === '|' || marble.char === 'T') state = 'draining'
    else if (marble.char !== 'x') state = 'absent'
  }
  return null
}

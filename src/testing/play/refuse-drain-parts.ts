import { DiagramError } from '../diagram/diagram-error.js'
import { type Diagram, drainPart } from '../diagram/parse-diagram.js'

/** @throws DiagramError if a line has a part for the final drain in a diagram that does not compare it */
export const refuseDrainParts = (
  { lines, text, margin }: Diagram,
  { leakCheck, losesNothing }: { readonly leakCheck: boolean; readonly losesNothing: boolean }
): void => {
  const line = lines.find(({ after }) => after !== null)
  if (line === undefined || (leakCheck && !losesNothing)) return
  const why = leakCheck
    ? 'with `losesNothing` another member reads on at the end'
    : 'with { leakCheck: false } nothing is drained at the end'
  const column = margin + line.text.length - drainPart(line.text).length
  throw new DiagramError(`${why}, so what is behind .. is not compared`, text, line.row, column)
}

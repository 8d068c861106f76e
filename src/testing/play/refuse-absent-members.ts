import { DiagramError } from '../diagram/diagram-error.js'
import { markHint } from '../diagram/line-label.js'
import type { Diagram } from '../diagram/parse-diagram.js'

/**
 * A member has to begin at some time: otherwise its line means something else, or its expectations hold trivially.
 *
 * @throws DiagramError that shows its line
 */
export const refuseAbsentMembers = ({ lines, text }: Diagram, marks: ReadonlySet<string>): void => {
  const begun = new Set(lines.flatMap(({ name, marbles }) => (marbles.length > 0 ? [name] : [])))
  const absent = lines.find(({ label, name }) => label._tag === 'member' && !begun.has(name))
  if (absent === undefined) return
  const reason = `“${absent.name}” is taken for a member, and never begins: ^ is missing.${markHint(absent.name, marks)}`
  throw new DiagramError(reason, text, absent.row, 0)
}

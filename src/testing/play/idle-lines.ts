import { columnText } from '../diagram/draw.js'
import type { LineLabel } from '../diagram/line-label.js'
import { type Marble, marbleName } from '../diagram/marble.js'
import type { Diagram } from '../diagram/parse-diagram.js'
import type { MemoryHost } from './memory-host.js'
import type { Stage } from './stage.js'

/**
 * Lines with actions that had no effect: a request that was never sent cannot fail or be slow, and a diagram that relies on it
 * passes whatever the pipeline does. Called at the very end.
 */
export const idleLines = ({ diagram, acts: { done }, sink }: Stage, host: MemoryHost): readonly string[] => [
  ...namesOf(diagram).flatMap(({ name, label, marbles }) => {
    switch (label._tag) {
      case 'takes':
      case 'throttles':
        return unused(name, marbles, host.usesOf(label._tag, label.api), {
          never: () => `no ${label.api} was requested. ${requestedText(host)}`,
          after: (times) => `${label.api} was requested ${times}`
        })
      case 'fails': {
        const unmet = host.unmetFaults(label.api, label.of)
        if (unmet === 0) return []
        const [first] = marbles.slice(-unmet)
        const since = first === undefined ? '' : ` from ${columnText(diagram, first.column)} on`
        const of = label.of === null ? '' : ' for that partition'
        return [
          `“${name}” never came into play${since}: no ${label.api} was requested${of} after it. ${requestedText(host)}`
        ]
      }
      case 'sink takes': {
        const one = marbleName({ char: label.letter, nth: label.nth })
        return unused(name, marbles, sink.usesOf(one), {
          never: () =>
            sink.calledWith.has(one)
              ? `“${one}” came in a batch, which takes as long as the line of its first record says`
              : `the sink was never called with “${one}”. ${calledText(sink.calledWith)}`,
          after: (times) => `the sink was called with “${one}” ${times}`
        })
      }
      default:
        return []
    }
  }),
  ...done.idle.map(
    ({ line, marble, why }) =>
      `“${marble.char}” of “${line.name}” at ${columnText(diagram, marble.column)} did nothing: ${why}`
  )
]

/** A line whose ends each belong to one call, and that has more ends than there were calls. */
const unused = (
  name: string,
  ends: readonly Marble[],
  uses: number,
  why: { readonly never: () => string; readonly after: (times: string) => string }
): readonly string[] => {
  if (uses === 0) return [`“${name}” never came into play: ${why.never()}`]
  if (uses >= ends.length) return []
  const times = uses === 1 ? 'once' : `${String(uses)} times`
  return [`“${name}” has ${String(ends.length)} ends, of which ${String(uses)} came into play: ${why.after(times)}`]
}

/** The lines of a diagram, those of one name together. */
const namesOf = ({
  lines
}: Diagram): readonly { readonly name: string; readonly label: LineLabel; readonly marbles: readonly Marble[] }[] =>
  [...new Set(lines.map(({ name }) => name))].flatMap((name) => {
    const rows = lines.filter((line) => line.name === name)
    const [first] = rows
    const marbles = rows.flatMap((row) => row.marbles).sort((a, b) => a.column - b.column)
    return first === undefined ? [] : [{ name, label: first.label, marbles }]
  })

const requestedText = ({ requested }: MemoryHost): string =>
  requested.length === 0 ? 'Nothing was requested.' : `Requested were ${requested.join(', ')}.`

const calledText = (letters: ReadonlySet<string>): string =>
  letters.size === 0
    ? 'It was never called: does the pipeline write to `sink`?'
    : `It was called with ${[...letters].sort().join(', ')}.`

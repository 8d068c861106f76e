import { wireBytes } from '../../model/producer-record.js'
import { placeText } from '../diagram/line-label.js'
import type { Diagram } from '../diagram/parse-diagram.js'
import type { AnyScenario } from '../play/share-scenario.js'
import type { PlannedRecord } from './planted-bug.js'

/** The records that a diagram will write to each partition, in order. */
export const plannedWrites = (
  { lines }: Diagram,
  { records = {} }: AnyScenario
): ReadonlyMap<string, readonly PlannedRecord[]> => {
  const counts = new Map<string, number>()
  const planned = new Map<string, PlannedRecord[]>()
  const all = lines.flatMap(({ label, marbles }) =>
    label._tag === 'records' ? marbles.map(({ column, char }) => ({ place: placeText(label.place), column, char })) : []
  )
  // Within a column, lines act in their order.
  for (const { place, char } of all.sort((a, b) => a.column - b.column)) {
    const nth = (counts.get(char) ?? 0) + 1
    counts.set(char, nth)
    const given = records[char]
    const { key = char } = (typeof given === 'function' ? given(nth) : given) ?? {}
    planned.set(place, [...(planned.get(place) ?? []), { key: wireBytes(key) }])
  }
  return planned
}

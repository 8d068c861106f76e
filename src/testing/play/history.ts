import type { HistoryChecks } from './history-checks.js'
import type { Stage } from './stage.js'
import type { SunkRecord } from './test-sink.js'

/** Where the history of a sink is not as it has to be. */
export const historyFaults = (stage: Stage, { twice = 'allowed', order }: HistoryChecks): readonly string[] => [
  ...(twice === 'allowed' ? [] : repeats(stage, twice)),
  ...(order === undefined ? [] : overtaken(stage, order))
]

const repeats = (stage: Stage, twice: 'with cause' | 'never'): readonly string[] => {
  const since = twice === 'never' ? Infinity : firstCause(stage)
  const seen = new Set<string>()
  return stage.sunk.log.flatMap(({ place, at }) => {
    const key = keyOf(place)
    const isFirst = !seen.has(key)
    seen.add(key)
    if (isFirst || at >= since) return []
    return [
      `${nameOf(stage, place)} has reached the sink twice${twice === 'never' ? '' : ', and nothing had gone wrong'}`
    ]
  })
}

/** When something happened after which records may come again. */
const firstCause = ({ recorder, disturbedAt }: Stage): number => {
  const first = recorder.happenings.find(
    ({ line, char }) =>
      ['refused', 'loses', 'expires'].includes(line._tag) ||
      (line._tag === 'rebalances' && char === 'L') ||
      (line._tag === 'ends' && char !== '|')
  )
  return Math.min(first?.at ?? Infinity, disturbedAt)
}

const overtaken = (stage: Stage, order: 'key' | 'partition'): readonly string[] => {
  const first = new Map<string, number>()
  for (const [index, { place }] of stage.sunk.log.entries())
    if (!first.has(keyOf(place))) first.set(keyOf(place), index)
  const last = new Map<string, { readonly place: SunkRecord; readonly index: number }>()
  return stage.letters.all.flatMap((written) => {
    const index = first.get(keyOf(written))
    if (index === undefined) return []
    const group = `${written.topic}/${String(written.partition)}${order === 'key' ? ` ${String(written.key)}` : ''}`
    const before = last.get(group)
    if (before !== undefined && before.index > index)
      return [
        `${nameOf(stage, written)} has reached the sink before ${nameOf(stage, before.place)}, which was written first`
      ]
    last.set(group, { place: written, index })
    return []
  })
}

const keyOf = ({ topic, partition, offset }: SunkRecord): string => `${topic}/${String(partition)} ${offset.toString()}`

const nameOf = ({ letters }: Stage, { topic, partition, offset }: SunkRecord): string =>
  `${letters.of(topic, partition, offset).letter} of ${topic}/${String(partition)}`

import type { Bytes } from '../../model/bytes.js'
import type { HistoryChecks } from './history-checks.js'
import type { Stage } from './stage.js'
import type { SunkRecord } from './test-sink.js'

/** The violations in the history of a sink. */
export const historyFaults = (stage: Stage, { twice = 'allowed', order }: HistoryChecks): readonly string[] => [
  ...(twice === 'allowed' ? [] : repeats(stage, twice)),
  ...(order === undefined ? [] : overtaken(stage, order))
]

/** The checks that could not have failed, whatever the pipeline does. */
export const idleChecks = (
  stage: Stage,
  { lost = true, twice = 'allowed', order }: HistoryChecks
): readonly string[] => {
  const { letters, sunk } = stage
  if (letters.all.length === 0) return ['losesNothing checks nothing: the diagram writes no record']
  if (!lost && twice === 'allowed' && order === undefined)
    return ['losesNothing checks nothing: with { lost: false } it needs `twice` or `order`']
  if (!lost && sunk.log.length === 0)
    return ['losesNothing checks nothing: no record has reached `sink`, which the pipeline has to write to']
  if (order === undefined) return []
  const reached = new Set(sunk.log.map(({ place }) => keyOf(place)))
  const groups = letters.all.filter((one) => reached.has(keyOf(one))).map((one) => groupOf(one, order))
  if (new Set(groups).size < groups.length) return []
  const group = order === 'key' ? 'one key of a partition' : 'one partition'
  return [
    `losesNothing: { order: '${order}' } checks nothing: no two records of ${group} have reached \`sink\`${order === 'key' ? '. Write a letter several times (`a*3`), or give letters one key in `records`' : ''}`
  ]
}

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

/** When something first happened after which records may be repeated. */
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
    const group = groupOf(written, order)
    const before = last.get(group)
    if (before !== undefined && before.index > index)
      return [
        `${nameOf(stage, written)} has reached the sink before ${nameOf(stage, before.place)}, which was written first`
      ]
    last.set(group, { place: written, index })
    return []
  })
}

const groupOf = ({ topic, partition, key }: SunkRecord & { readonly key: Bytes }, order: 'key' | 'partition'): string =>
  `${topic}/${String(partition)}${order === 'key' ? ` ${String(key)}` : ''}`

const keyOf = ({ topic, partition, offset }: SunkRecord): string => `${topic}/${String(partition)} ${offset.toString()}`

const nameOf = ({ letters }: Stage, { topic, partition, offset }: SunkRecord): string =>
  `${letters.of(topic, partition, offset).letter} of ${topic}/${String(partition)}`

import type { TopicPartition } from '../../model/topic-partition.js'
import { didYouMean, nearest } from './did-you-mean.js'
import { shareApis, type ShareLine, shareLines } from './share-lines.js'

/** The requests that a `fails` line can name. */
export const diagramApis = [
  'Metadata',
  'JoinGroup',
  'SyncGroup',
  'Heartbeat',
  'LeaveGroup',
  'ConsumerGroupHeartbeat',
  'DescribeGroups',
  'OffsetCommit',
  'OffsetFetch',
  'ListOffsets',
  'Fetch',
  'OffsetForLeaderEpoch',
  ...shareApis,
  'Produce',
  'InitProducerId',
  'AddPartitionsToTxn',
  'AddOffsetsToTxn',
  'TxnOffsetCommit',
  'EndTxn'
] as const

export type DiagramApi = (typeof diagramApis)[number]

/** Requests whose answers have a code for each partition, so that they can fail in part. */
const partitionedApis = [
  'OffsetCommit',
  'Produce',
  'TxnOffsetCommit',
  'ShareFetch',
  'ShareAcknowledge'
] as const satisfies readonly DiagramApi[]
export type PartitionedApi = (typeof partitionedApis)[number]

/** Of these the broker model knows what their partitions are: a request does not list those of its session. */
export const isOfSession = (api: DiagramApi): boolean => api === 'ShareFetch' || api === 'ShareAcknowledge'

export const isPartitioned = (api: DiagramApi): api is PartitionedApi =>
  (partitionedApis as readonly DiagramApi[]).includes(api)

/** The kinds of lines for a partition's records, besides their delivery. */
export type RecordLine = 'acks' | 'commits' | 'refused' | ShareLine
const recordLines: readonly string[] = ['acks', 'commits', 'refused', ...shareLines] satisfies readonly RecordLine[]

/** The kinds of lines for a member. */
export type MemberLine = 'rebalances' | 'events' | 'ends'
const memberLines: readonly string[] = ['rebalances', 'events', 'ends'] satisfies readonly MemberLine[]

/** A line that acts on the cluster. */
export type InputLabel =
  | { readonly _tag: 'records'; readonly place: TopicPartition }
  | { readonly _tag: 'member'; readonly member: string }
  | { readonly _tag: 'pauses' | 'seeks'; readonly member: string; readonly place: TopicPartition }
  | { readonly _tag: 'takes' | 'throttles'; readonly api: DiagramApi }
  | { readonly _tag: 'fails'; readonly api: DiagramApi; readonly of: TopicPartition | null }
  | { readonly _tag: 'sink takes'; readonly letter: string; readonly nth?: number | undefined }
  | { readonly _tag: 'time' }

/** A line with expected events; without a member it covers all of them. */
export type OutputLabel =
  | { readonly _tag: 'stream'; readonly member: string; readonly place: TopicPartition }
  | { readonly _tag: RecordLine; readonly member: string | null; readonly place: TopicPartition }
  | {
      readonly _tag: 'handles'
      readonly member: string | null
      readonly letter: string
      readonly nth?: number | undefined
    }
  | { readonly _tag: MemberLine; readonly member: string }
  | { readonly _tag: 'sink' }
  | { readonly _tag: 'writes'; readonly topic: string }
  | { readonly _tag: 'mark'; readonly name: string }

export type LineLabel = InputLabel | OutputLabel

const placeName = /^([a-zA-Z0-9._-]+)\/(\d+)$/
const memberName = /^[a-zA-Z]\w*$/

/** A partition in the notation of diagrams: `orders/0`. */
export const placeText = ({ topic, partition }: TopicPartition): string => `${topic}/${String(partition)}`

const placeOf = (word: string | undefined): TopicPartition | null => {
  const match = placeName.exec(word ?? '')
  return match === null ? null : { topic: match[1] ?? '', partition: Number(match[2]) }
}

/** `a`, or `a[2]` for the second record of that letter; null for other words. */
const letterOf = (word = ''): { readonly letter: string; readonly nth?: number } | null => {
  const [, letter, nth] = /^(.)(?:\[([1-9]\d*)\])?$/u.exec(word) ?? []
  if (letter === undefined) return null
  return nth === undefined ? { letter } : { letter, nth: Number(nth) }
}

/** Parses a label; null if it is invalid. `marks` are the lines that the test itself writes. */
export const parseLabel = (label: string, marks: ReadonlySet<string>): LineLabel | null => {
  if (marks.has(label)) return { _tag: 'mark', name: label }
  const words = label.split(' ')
  const [first = '', second, third] = words
  const alone = words.length === 1
  const firstPlace = placeOf(first)
  const secondLetter = words.length === 2 ? letterOf(second) : null
  if (label === 'time') return { _tag: 'time' }
  if (label === 'sink') return { _tag: 'sink' }
  if (first === 'sink' && secondLetter !== null) return { _tag: 'sink takes', ...secondLetter }
  if (first === 'writes' && second !== undefined && words.length === 2) return { _tag: 'writes', topic: second }
  if (isOfRequests(first)) {
    const api = diagramApis.find((name) => name === second)
    if (api === undefined) return null
    if (words.length === 2) return first === 'fails' ? { _tag: first, api, of: null } : { _tag: first, api }
    const of = words.length === 3 && isPartitioned(api) ? placeOf(third) : null
    return first === 'fails' && of !== null ? { _tag: first, api, of } : null
  }
  if (first === 'handles' && secondLetter !== null) return { _tag: 'handles', member: null, ...secondLetter }
  if (firstPlace !== null) {
    if (alone) return { _tag: 'records', place: firstPlace }
    return words.length === 2 && recordLines.includes(second ?? '')
      ? { _tag: second as RecordLine, member: null, place: firstPlace }
      : null
  }
  return memberName.test(first) && !reserved.has(first) ? memberLabel(first, second, third, words.length) : null
}

/** The hint how to turn a label into a line of the test. */
export const markHint = (label: string, marks: ReadonlySet<string>): string => {
  const meant = nearest(label, [...marks])
  return meant === undefined
    ? ` For a line of the test’s own call mark('${label}') before the diagram.`
    : ` Did you mean “${meant}”, which is a line of \`mark\`?`
}

/** Why a label is invalid. */
export const whyNoLabel = (label: string, marks: ReadonlySet<string>): string => {
  const [first = '', second = '', third] = label.split(' ')
  if (isOfRequests(first) && !diagramApis.some((name) => name === second))
    return `there is no request “${second}” that ${can[first]}.${didYouMean(second, diagramApis)}`
  if (first === 'fails' && third !== undefined)
    return `“${label}”: requests that can fail for one partition are ${partitionedApis.join(', ')}`
  const words = [
    ...recordLines,
    'handles',
    'rebalances',
    'events',
    'ends',
    'pauses',
    'seeks',
    'sink',
    'writes',
    'fails',
    'takes',
    'throttles',
    'time'
  ]
  const typo = label
    .split(' ')
    .map((word) => ({ word, meant: words.includes(word) ? undefined : nearest(word, words) }))
    .find(({ meant }) => meant !== undefined)
  const question = typo?.meant === undefined ? '' : ` Did you mean “${label.replace(typo.word, typo.meant)}”?`
  return `there is no line “${label}”: docs/marble-notation.md has them all.${question === '' ? markHint(label, marks) : question}`
}

const can = { fails: 'can fail', takes: 'can take long', throttles: 'can be throttled' } as const
const isOfRequests = (word: string): word is keyof typeof can => Object.hasOwn(can, word)

const reserved = new Set(['fails', 'takes', 'throttles', 'writes', 'handles', 'sink', 'time'])

const memberLabel = (
  member: string,
  second: string | undefined,
  third: string | undefined,
  words: number
): LineLabel | null => {
  if (words === 1) return { _tag: 'member', member }
  const place = placeOf(second)
  if (words === 2) {
    if (place !== null) return { _tag: 'stream', member, place }
    return memberLines.includes(second ?? '') ? { _tag: second as MemberLine, member } : null
  }
  if (words !== 3) return null
  if (place !== null && recordLines.includes(third ?? '')) return { _tag: third as RecordLine, member, place }
  const thirdLetter = second === 'handles' ? letterOf(third) : null
  if (thirdLetter !== null) return { _tag: 'handles', member, ...thirdLetter }
  const thirdPlace = placeOf(third)
  return (second === 'pauses' || second === 'seeks') && thirdPlace !== null
    ? { _tag: second, member, place: thirdPlace }
    : null
}

export const isInput = (label: LineLabel): label is InputLabel =>
  ['records', 'member', 'pauses', 'seeks', 'fails', 'takes', 'throttles', 'sink takes', 'time'].includes(label._tag)

import { describeFault } from '../model/describe-fault.js'
import type { FailedRecord } from '../model/failure-policy.js'
import type { Header } from '../model/header.js'
import { printable } from '../model/printable.js'
import type { RecordPlace } from '../model/record-place.js'

const prefix = 'dlq.'
const renaming = 'original.'
/** Incoming headers whose names collide with the library's own; they are renamed. */
const taken = /^(?:original\.)*dlq\./
const replays = `${prefix}replays`
const mostHeaders = 100
const mostHeaderBytes = 65_536
const encoder = /*#__PURE__*/ new TextEncoder()
const decoder = /*#__PURE__*/ new TextDecoder()

const ours = (name: string, value: string): Header => ({ name: `${prefix}${name}`, value: encoder.encode(value) })

/** Which parts of a record fit into the dead letter topic. */
export type Cut = 'whole' | 'without value' | 'without value and headers'

/**
 * The incoming headers, within bounds, and the library's own: where the record is from, why it failed, and what was cut
 * off.
 */
export const letterHeaders = ({ record, fault, attempts, groupId }: FailedRecord, cut: Cut): readonly Header[] => [
  ...(cut === 'without value and headers' ? headersCut(record.headers.length) : boundedHeaders(record.headers)),
  ...(cut === 'whole' || record.value === null ? [] : [ours('value.cut', String(record.value.length))]),
  ours('topic', record.topic),
  ours('partition', String(record.partition)),
  ours('offset', String(record.offset)),
  ours('timestamp', String(record.timestamp)),
  ...(groupId === null ? [] : [ours('group', groupId)]),
  ours('fault', fault._tag),
  ours('reason', printable(describeFault(fault))),
  ours('attempts', String(attempts))
]

const boundedHeaders = (headers: readonly Header[]): readonly Header[] => {
  const kept: Header[] = []
  let bytes = 0
  for (const { name, value } of headers) {
    bytes += name.length + (value?.length ?? 0)
    if (kept.length === mostHeaders || bytes > mostHeaderBytes)
      return [...kept, ...headersCut(headers.length - kept.length)]
    kept.push({ name: taken.test(name) ? `${renaming}${name}` : name, value })
  }
  return kept
}

const headersCut = (count: number): readonly Header[] => (count === 0 ? [] : [ours('headers.cut', String(count))])

/** The original record as described by a dead letter. */
export interface Letter {
  readonly place: RecordPlace
  readonly timestamp: number
  readonly groupId: string | null
  /** the name of the fault */
  readonly fault: string
  readonly reason: string
  readonly attempts: number
  /** as received, without the number of replays */
  readonly headers: readonly Header[]
  /** how often it was replayed before */
  readonly replays: number
  /** whether a part of the record was cut off */
  readonly isCut: boolean
}

/** Reads the headers of a dead letter; null if they are not what `deadLetter` writes. */
export const readLetter = (headers: readonly Header[]): Letter | null => {
  const values = new Map<string, string>()
  const others: Header[] = []
  let before = 0
  for (const { name, value } of headers) {
    // The library's headers come last, so of several with the same name the last one counts.
    if (name.startsWith(prefix)) values.set(name.slice(prefix.length), textOf(value))
    else {
      const original = taken.test(name) ? name.slice(renaming.length) : name
      if (original === replays) before = countOf(textOf(value))
      else others.push({ name: original, value })
    }
  }
  const topic = values.get('topic')
  const partition = values.get('partition') ?? ''
  const offset = values.get('offset') ?? ''
  if (topic === undefined || !/^\d{1,9}$/.test(partition) || !/^\d{1,19}$/.test(offset)) return null
  const place = { topic, partition: Number(partition), offset: BigInt(offset) }
  return {
    place,
    timestamp: /^\d{1,15}$/.test(values.get('timestamp') ?? '') ? Number(values.get('timestamp')) : -1,
    groupId: values.get('group') ?? null,
    fault: values.get('fault') ?? '',
    reason: values.get('reason') ?? '',
    attempts: countOf(values.get('attempts') ?? ''),
    headers: others,
    replays: before,
    isCut: values.has('value.cut') || values.has('headers.cut')
  }
}

/** The headers of a record that is replayed once more. */
export const replayedHeaders = ({ headers, replays: before }: Letter): readonly Header[] => [
  ...headers,
  ours('replays', String(before + 1))
]

const textOf = (value: Uint8Array | null): string => decoder.decode(value ?? undefined)

/** Anyone may have written the number: a false one can only end the replays earlier. */
const countOf = (text: string): number => (/^\d{1,9}$/.test(text) ? Number(text) : 0)

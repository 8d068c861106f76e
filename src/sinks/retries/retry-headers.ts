import { describeFault } from '../../model/describe-fault.js'
import type { ConsumerRecord } from '../../model/consumer-record.js'
import type { Fault } from '../../model/fault.js'
import type { Header } from '../../model/header.js'
import { printable } from '../../model/printable.js'
import type { RecordPlace } from '../../model/record-place.js'

const prefix = 'retry.'
const renaming = 'original.'
/** Incoming headers whose names collide with the library's own; they are renamed. */
const taken = /^(?:original\.)*retry\./
const encoder = /*#__PURE__*/ new TextEncoder()
const decoder = /*#__PURE__*/ new TextDecoder()

/** The headers of a record in a retry topic. */
export interface Retry {
  /** the place of the original record in its first topic */
  readonly place: RecordPlace
  /** the original's timestamp */
  readonly timestamp: number
  /** the number of attempts so far, in all topics; 0 for a record that only followed another of its key */
  readonly attempts: number
  /** when it is due for the next attempt, in ms since 1970 */
  readonly due: number
  /** the group that retries it */
  readonly groupId: string
  /** the name of the record's order; null if it has none */
  readonly order: string | null
  /** the original's headers */
  readonly headers: readonly Header[]
}

/** The original's headers, and the library's own. */
export const retryHeaders = (retry: Retry, fault: Fault): readonly Header[] => [
  ...retry.headers.map(({ name, value }) => ({ name: taken.test(name) ? `${renaming}${name}` : name, value })),
  ours('topic', retry.place.topic),
  ours('partition', String(retry.place.partition)),
  ours('offset', String(retry.place.offset)),
  ours('timestamp', String(retry.timestamp)),
  ours('attempts', String(retry.attempts)),
  ours('due', String(retry.due)),
  ours('group', retry.groupId),
  ...(retry.order === null ? [] : [ours('order', retry.order)]),
  ours('fault', fault._tag),
  ours('reason', printable(describeFault(fault)))
]

const ours = (name: string, value: string): Header => ({ name: `${prefix}${name}`, value: encoder.encode(value) })

/** Cached, since the checks of due time, order and next topic all read them. */
const known = /*#__PURE__*/ new WeakMap<Pick<ConsumerRecord, 'headers'>, Retry | null>()

/** Reads the headers of a record; null if they are not those of a record that `retryLater` wrote. */
export const readRetry = (record: Pick<ConsumerRecord, 'headers'>): Retry | null => {
  const before = known.get(record)
  if (before !== undefined) return before
  const retry = read(record)
  known.set(record, retry)
  return retry
}

const read = ({ headers }: Pick<ConsumerRecord, 'headers'>): Retry | null => {
  const said = new Map<string, string>()
  const others: Header[] = []
  for (const { name, value } of headers)
    if (name.startsWith(prefix)) said.set(name.slice(prefix.length), decoder.decode(value ?? undefined))
    else others.push({ name: taken.test(name) ? name.slice(renaming.length) : name, value })
  const topic = said.get('topic')
  const groupId = said.get('group')
  const number = (name: string): number | null => {
    const text = said.get(name) ?? ''
    return /^-?\d{1,15}$/.test(text) ? Number(text) : null
  }
  const partition = number('partition')
  const offset = said.get('offset') ?? ''
  const attempts = number('attempts')
  const due = number('due')
  const isWhole = topic !== undefined && groupId !== undefined && /^\d{1,19}$/.test(offset)
  if (!isWhole || partition === null || attempts === null || due === null) return null
  return {
    place: { topic, partition, offset: BigInt(offset) },
    timestamp: number('timestamp') ?? -1,
    attempts,
    due,
    groupId,
    order: said.get('order') ?? null,
    headers: others
  }
}

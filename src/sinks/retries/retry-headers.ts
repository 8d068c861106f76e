import type { WireHeader } from '../../core/records/batch-builder.js'
import { describeFault } from '../../model/describe-fault.js'
import type { Bytes } from '../../model/bytes.js'
import type { ConsumerRecord } from '../../model/consumer-record.js'
import type { Fault } from '../../model/fault.js'
import type { Header } from '../../model/header.js'
import { printable } from '../../model/printable.js'
import type { RecordPlace } from '../../model/record-place.js'

const prefix = 'retry.'
const renaming = 'original.'
/** Incoming headers whose names collide with the library's own; they are renamed. */
const taken = /^(?:original\.)*retry\./
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
export const retryHeaders = (retry: Retry, fault: Fault): readonly WireHeader[] => [
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

const ours = (name: string, value: string): WireHeader => ({ name: `${prefix}${name}`, value })

/** Reads the headers of a record; null if they are not those of a record that `retryLater` wrote. */
export const readRetry = ({ headers }: Pick<ConsumerRecord, 'headers'>): Retry | null => {
  const said = new Map<string, Bytes>()
  const others: Header[] = []
  for (const { name, value } of headers)
    if (name.startsWith(prefix)) said.set(name, value)
    else others.push({ name: taken.test(name) ? name.slice(renaming.length) : name, value })
  // Each is decoded when it is needed: the reason, the longest of them, is for people.
  const text = (name: string): string | undefined => {
    const value = said.get(`${prefix}${name}`)
    return value === undefined ? undefined : decoder.decode(value ?? undefined)
  }
  const number = (name: string): number | null => {
    const digits = text(name) ?? ''
    return /^-?\d{1,15}$/.test(digits) ? Number(digits) : null
  }
  const topic = text('topic')
  const groupId = text('group')
  const partition = number('partition')
  const offset = text('offset') ?? ''
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
    order: text('order') ?? null,
    headers: others
  }
}

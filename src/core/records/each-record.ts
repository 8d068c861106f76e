import type { Bytes } from '../../model/bytes.js'
import type { Header } from '../../model/header.js'
import { VarintReader } from './varint-reader.js'

/** The content of a record, as views of its batch's bytes. */
export interface RecordView {
  readonly key: Bytes
  readonly value: Bytes
  readonly headers: readonly Header[]
}

// A byte order mark is a part of the name; by default a decoder removes it.
const decoder = /*#__PURE__*/ new TextDecoder('utf-8', { ignoreBOM: true })

/** Visits the uncompressed records in these bytes. False if a record is incomplete: then some were not visited. */
export const eachRecord = (
  bytes: Uint8Array,
  range: { readonly at: number; readonly end: number; readonly count: number },
  firstTimestamp: number,
  visit: (record: RecordView, timestamp: number) => void
): boolean => {
  const reader = new VarintReader(bytes, range.at, range.end)
  const blob = (): Bytes => {
    const length = reader.varint()
    return length < 0 ? null : reader.take(length)
  }
  for (let left = range.count; left > 0; left--) {
    reader.varint()
    reader.at++
    const timestamp = firstTimestamp + reader.varlong()
    reader.varint()
    const key = blob()
    const value = blob()
    const headers: Header[] = []
    for (let more = reader.varint(); more > 0 && !reader.hasFailed(); more--)
      headers.push({ name: decoder.decode(blob() ?? undefined), value: blob() })
    if (reader.hasFailed()) return false
    visit({ key, value, headers }, timestamp)
  }
  return true
}

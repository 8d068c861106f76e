import type { Bytes } from '../../model/bytes.js'
import { wireBytes } from '../../model/producer-record.js'
import type { OutgoingRecord } from '../../ports/producer-session.js'

const text = /*#__PURE__*/ new TextDecoder()

/** A different value of the same kind. */
export const another = (value: unknown): unknown => {
  if (typeof value === 'number') return value + 1
  if (typeof value === 'string') return `${value}!`
  if (value instanceof Uint8Array) return anotherText(value)
  return typeof value === 'object' && value !== null ? { ...value, planted: 'bug' } : value
}

const anotherText = (value: Bytes): string => {
  const decoded = value === null ? '' : text.decode(value)
  try {
    return JSON.stringify(another(JSON.parse(decoded)))
  } catch {
    return `${decoded}!`
  }
}

/** The record with another value. */
export const withAnotherValue = (record: OutgoingRecord): OutgoingRecord => ({
  ...record,
  value:
    typeof record.value === 'string' ? anotherText(new TextEncoder().encode(record.value)) : anotherText(record.value)
})

/** The record with another key. */
export const withAnotherKey = (record: OutgoingRecord): OutgoingRecord => ({
  ...record,
  key: `${text.decode(wireBytes(record.key) ?? new Uint8Array())}!`
})

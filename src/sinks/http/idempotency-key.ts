import type { ConsumerRecord } from '../../model/consumer-record.js'

/** The longest key that is sent in plain: servers limit a header. */
const longest = 200

/**
 * Identifies a request by its records, `orders-0-5..9,11`: the same records have the same key in every attempt, and other
 * records have another. A longer key is replaced by its SHA-256.
 */
export const idempotencyKeyOf = async (records: readonly ConsumerRecord<unknown, unknown>[]): Promise<string> => {
  const places = new Map<string, Range[]>()
  for (const { topic, partition, offset } of records) {
    const place = `${topic}-${String(partition)}`
    const ranges = places.get(place) ?? []
    const last = ranges.at(-1)
    if (last !== undefined && last.to + 1n === offset) last.to = offset
    else ranges.push({ from: offset, to: offset })
    places.set(place, ranges)
  }
  const key = [...places].map(([place, ranges]) => `${place}-${ranges.map(textOf).join(',')}`).join(';')
  return key.length <= longest ? key : hexOf(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(key)))
}

interface Range {
  readonly from: bigint
  to: bigint
}

const textOf = ({ from, to }: Range): string => (from === to ? String(from) : `${String(from)}..${String(to)}`)

const hexOf = (bytes: ArrayBuffer): string =>
  Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('')

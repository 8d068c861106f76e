import { describe, expect, it } from 'vitest'
import { RecordsOfBatch } from '../../../../src/core/records/records-of-batch.js'

/** Small numbers as zigzag varints of one byte. */
const varint = (value: number): number => (value >= 0 ? value * 2 : -value * 2 - 1)

/** A record with a value of one byte and no key. */
const record = (delta: number, timestampDelta = 0, headers: readonly number[] = [varint(0)]): readonly number[] => {
  const fields = [0, varint(timestampDelta), varint(delta), varint(-1), varint(1), 0x61, ...headers]
  return [varint(fields.length), ...fields]
}
const batch = (records: readonly (readonly number[])[], count = records.length, lastDelta = 63): RecordsOfBatch => {
  const bytes = Uint8Array.from([0xff, ...records.flat(), 0xff])
  return new RecordsOfBatch({ bytes, at: 1, end: bytes.length - 1 }, count, lastDelta)
}
const all = (records: RecordsOfBatch): readonly (readonly [number, number])[] => {
  const found: (readonly [number, number])[] = []
  while (records.next()) found.push([records.delta, records.timestampDelta])
  return found
}

describe('RecordsOfBatch', () => {
  it('gives each record once, with its offset and its time, and where its key begins', () => {
    const records = batch([record(0), record(3, 7), record(5, -2)])

    expect(records.failure).toBeNull()
    expect(records.next()).toBe(true)
    // Behind the byte before the batch: length, attributes, time and offset.
    expect(records.at).toBe(5)
    expect(all(records)).toEqual([
      [3, 7],
      [5, -2]
    ])
    expect(records.next()).toBe(false)
  })

  it('finds a record behind one with headers', () => {
    const headers = [varint(2), varint(1), 0x6e, varint(1), 0x76, varint(0), varint(-1)]

    expect(all(batch([record(0, 0, headers), record(1)]))).toEqual([
      [0, 0],
      [1, 0]
    ])
  })

  const short = 'the fields of a record do not fill it, or there are fewer records than are counted'

  it.each<[string, RecordsOfBatch, string]>([
    ['fewer records than it counts', batch([record(0)], 2), short],
    ['more records than it counts', batch([record(0), record(1)], 1), 'it holds more records than its header counts'],
    ['a record that is longer than its fields', batch([[varint(8), ...record(0).slice(1)]]), short],
    ['an offset twice', batch([record(1), record(1)]), 'an offset of 1 within the batch, behind 1 of at most 63'],
    ['an offset that goes back', batch([record(2), record(1)]), 'an offset of 1 within the batch, behind 2 of at mo'],
    ['an offset beyond its last', batch([record(9)], 1, 8), 'an offset of 9 within the batch, behind -1 of at most 8'],
    ['a header without a name', batch([record(0, 0, [varint(1), varint(-1), varint(-1)])]), short],
    ['fewer headers than a record counts', batch([record(0, 0, [varint(1)])]), short],
    ['a negative count of headers', batch([record(0, 0, [varint(-1)])]), short]
  ])('gives nothing of a batch with %s', (_what, records, failure) => {
    expect(records.failure).toContain(failure)
    expect(all(records)).toEqual([])
  })
})

import { describe, expect, it } from 'vitest'
import { encodeBatch } from '../../../../src/core/records/encode-batch.js'
import type { ConsumerRecord } from '../../../../src/model/consumer-record.js'
import { plainRecord, recordsIn, runOf, text } from '../../../support/record-runs.js'

const large = plainRecord('x'.repeat(100_000))
const small = plainRecord('v', { key: text('k'), headers: [{ name: 'h', value: text('1') }], timestamp: 7 })

/** The second record of an answer that came over the wire: Node's sockets give a Buffer, whose `slice` copies nothing. */
const received = (): ConsumerRecord => {
  const bytes = encodeBatch({ baseOffset: 4n, records: [large, small] })
  const [, record] = recordsIn(runOf(Buffer.from(bytes), { fetchOffset: 4n }))
  if (record === undefined) throw new Error('there is no second record')
  return record
}

const memoryOf = ({ key, value, headers }: ConsumerRecord): number =>
  new Set([key, value, ...headers.map((header) => header.value)].map((bytes) => bytes?.buffer)).size === 1
    ? (value?.buffer.byteLength ?? 0)
    : Infinity

describe('a record', () => {
  it('has plain bytes, and keeps its key with another value', () => {
    const { key, value, headers } = received()
    for (const bytes of [key, value, headers[0]?.value]) expect(bytes?.constructor).toBe(Uint8Array)
    expect(received().withValue(1).withValue(2).key).toEqual(text('k'))
  })
})

describe('a record that is kept', () => {
  it('no longer references its answer, and is unchanged', () => {
    const record = received()
    expect(memoryOf(record)).toBeGreaterThan(100_000)
    const kept = record.detached()
    expect(memoryOf(kept)).toBeLessThan(100)
    expect([kept.offset, kept.timestamp, kept.headers.length]).toEqual([5n, 7, 1])
    const bytes = [kept.key, kept.value, kept.headers[0]?.value].map((part) => part && [...part])
    expect(bytes).toEqual([text('k'), text('v'), text('1')].map((part) => [...part]))
  })

  it('no longer references it also with a changed value', () => {
    const { value } = received().withValue(received().value).detached()
    expect(value?.buffer.byteLength).toBeLessThan(100)
  })
})

import { describe, expect, it } from 'vitest'
import {
  BatchBuilder,
  type BytesSource,
  recordBound,
  type RecordContent
} from '../../../../src/core/records/batch-builder.js'
import { attributeBits, batchLayout as at } from '../../../../src/core/records/batch-header.js'
import { crc32c } from '../../../../src/core/records/crc32c.js'
import { runOf } from '../../../support/record-runs.js'

class Source implements BytesSource {
  readonly returned: Uint8Array[] = []
  take(length: number): Uint8Array {
    return new Uint8Array(length).fill(0xee)
  }
  giveBack(bytes: Uint8Array): void {
    this.returned.push(bytes)
  }
}
const content = (value: RecordContent['value'], more: Partial<RecordContent> = {}): RecordContent => ({
  key: null,
  value,
  headers: [],
  ...more
})
const builder = (capacity = 200, source = new Source()): BatchBuilder => new BatchBuilder(capacity, source)
const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length)

const contents: readonly (readonly [string, RecordContent])[] = [
  ['a text', content('x')],
  ['bytes', content(Uint8Array.of(1, 2, 3))],
  ['nothing', content(null)],
  ['a key', content('x', { key: 'é' })],
  ['headers', content('x', { headers: [{ name: 'né', value: null }, { name: '', value: 'v' }] })], // prettier-ignore
  ['a text beyond the length of one byte', content('x'.repeat(300))]
]

describe('BatchBuilder', () => {
  it.each(contents)('writes %s so that a consumer reads the same, within the bound', (_what, record) => {
    const one = builder()
    const before = one.size
    one.append(record, 1_000)
    expect(one.size - before).toBeLessThanOrEqual(recordBound(record))

    const run = runOf(one.finish({}, crc32c))
    expect([run.fault ?? null, run.nextOffset, one.count]).toEqual([null, 1n, 1])
  })

  it('has the first time and the latest, which need not be the last', () => {
    const one = builder()
    for (const time of [5_000, 4_000_000_000_000, 20]) one.append(content('x'), time)
    const view = viewOf(one.finish({}, crc32c))

    expect([view.getBigInt64(at.firstTimestamp), view.getBigInt64(at.maxTimestamp)]).toEqual([
      5_000n,
      4_000_000_000_000n
    ])
    const times: number[] = []
    one.each((_record, timestamp) => times.push(timestamp))
    expect(times).toEqual([5_000, 4_000_000_000_000, 20])
  })

  it('writes its header again for another producer epoch, with a checksum of its own', () => {
    const one = builder()
    one.append(content('x'), 0)
    const first = one.finish({ producerId: 7n, producerEpoch: 0, baseSequence: 0 }, crc32c).slice()
    const second = one.finish({ producerId: 7n, producerEpoch: 1, baseSequence: 4, transactional: true }, crc32c)

    expect([viewOf(first).getInt16(at.producerEpoch), viewOf(second).getInt16(at.producerEpoch)]).toEqual([0, 1])
    expect(viewOf(second).getInt16(at.attributes)).toBe(attributeBits.transactional)
    for (const batch of [first, second])
      expect(viewOf(batch).getUint32(at.checksum)).toBe(crc32c(batch, at.attributes, batch.length))
  })

  it('counts its last offset, also over gaps', () => {
    const one = builder()
    one.append(content('a'), 0, 0)
    one.append(content('b'), 0, 5)

    expect(viewOf(one.finish({}, crc32c)).getInt32(at.lastOffsetDelta)).toBe(5)
    expect(viewOf(one.finish({ lastOffsetDelta: 9 }, crc32c)).getInt32(at.lastOffsetDelta)).toBe(9)
  })

  it('grows for a record that does not fit, and gives back what it has outgrown', () => {
    const source = new Source()
    const one = builder(100, source)
    one.append(content('first'), 0)
    one.append(content('x'.repeat(500)), 0)

    expect(source.returned.map(({ length }) => length)).toEqual([100])
    expect(runOf(one.finish({}, crc32c)).nextOffset).toBe(2n)
    expect(one.reserve(10_000)).toBeGreaterThan(0)
    expect(one.reserve(1)).toBe(0)
    one.release()
    expect(source.returned.length).toBe(3)
  })

  it('keeps what was appended beside what it is compressed to', () => {
    const one = builder()
    one.append(content('x'), 3)
    one.compress({ codec: 4, run: () => Uint8Array.of(1, 2) })
    const batch = one.finish({}, crc32c)

    expect([batch.length, viewOf(batch).getInt16(at.attributes)]).toEqual([at.records + 2, 4])
    const times: number[] = []
    one.each((_record, timestamp) => times.push(timestamp))
    expect(times).toEqual([3])
  })
})

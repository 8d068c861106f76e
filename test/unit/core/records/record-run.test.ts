import { left } from 'fp-ts/lib/Either.js'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { batchLayout } from '../../../../src/core/records/batch-header.js'
import { crc32c } from '../../../../src/core/records/crc32c.js'
import { encodeBatch, encodeEndMarker } from '../../../../src/core/records/encode-batch.js'
import { decompress } from '../../../../src/sources/kafka/decompress.js'
import { batchAt, joined, plainRecord, recordsIn, runOf, text } from '../../../support/record-runs.js'

const offsets = (run: ReturnType<typeof runOf>): readonly bigint[] => recordsIn(run).map(({ offset }) => offset)
/** Puts a checksum right after the bytes were changed. */
const resealed = (batch: Uint8Array, change: (view: DataView) => void): Uint8Array => {
  const bytes = batch.slice()
  const view = new DataView(bytes.buffer)
  change(view)
  view.setUint32(batchLayout.checksum, crc32c(bytes, batchLayout.attributes, bytes.length))
  return bytes
}

describe('crc32c', () => {
  it('agrees with the check value of the standard', () => {
    expect(crc32c(text('123456789'), 0, 9)).toBe(0xe3069283)
  })
})

describe('recordRun', () => {
  it('returns what was written: nulls, empty bytes, repeated headers, timestamps', () => {
    const headers = [
      { name: 'a', value: text('1') },
      { name: '__proto__', value: null },
      { name: '\ufeffa', value: text('\ufeff') },
      { name: 'a', value: text('') }
    ]
    const bytes = encodeBatch({
      baseOffset: 9_007_199_254_740_993n,
      leaderEpoch: 4,
      records: [
        plainRecord('v', { key: text('k'), headers, timestamp: 1_700_000_000_000 }),
        plainRecord('', { value: null, key: text(''), timestamp: -1 }),
        plainRecord('x', { timestamp: 2 ** 53 })
      ]
    })
    const [a, b, c] = recordsIn(runOf(bytes, { fetchOffset: 9_007_199_254_740_993n }))
    expect([a?.key, a?.value, a?.timestamp, a?.offset, a?.leaderEpoch]).toEqual([
      text('k'),
      text('v'),
      1_700_000_000_000,
      9_007_199_254_740_993n,
      4
    ])
    expect(a?.headers).toEqual(headers)
    expect([b?.key, b?.value, b?.timestamp]).toEqual([text(''), null, -1])
    expect([c?.key, c?.timestamp, c?.offset]).toEqual([null, 2 ** 53, 9_007_199_254_740_995n])
    expect(Object.getOwnPropertyNames(Object.prototype)).not.toContain('a')
  })

  it('drops records below the requested offset, and knows where to continue', () => {
    const run = runOf(joined(batchAt(0n, 'a', 'b', 'c'), batchAt(3n, 'd')), { fetchOffset: 2n })
    expect(run.nextOffset).toBe(4n)
    expect(offsets(run)).toEqual([2n, 3n])
  })

  it('skips batches that compaction left empty', () => {
    const empty = encodeBatch({ baseOffset: 5n, records: [], lastOffsetDelta: 4 })
    const run = runOf(joined(empty, batchAt(10n, 'a')), { fetchOffset: 5n })
    expect([run.nextOffset, offsets(run)]).toEqual([11n, [10n]])
    expect(runOf(empty, { fetchOffset: 5n }).nextOffset).toBe(10n)
  })

  it('leaves a batch that was cut off for the next fetch, and says when there is nothing else', () => {
    const [whole, cut] = [batchAt(0n, 'a'), batchAt(1n, 'b').subarray(0, -1)]
    const run = runOf(joined(whole, cut))
    expect([run.nextOffset, run.truncated, offsets(run), run.fault]).toEqual([1n, false, [0n], null])
    expect(runOf(cut).truncated).toBe(true)
  })

  it('finds a flipped bit by the checksum, names the place and returns nothing of the batch', () => {
    const bad = batchAt(1n, 'b')
    bad[bad.length - 2] = (bad.at(-2) ?? 0) ^ 1
    const run = runOf(joined(batchAt(0n, 'a'), bad))
    expect(offsets(run)).toEqual([0n])
    expect(run.fault).toMatchObject({ _tag: 'CorruptBatchFault', topic: 't', partition: 0, offset: 1n })
    expect(run.advance()).toBe(false)
  })

  it('never returns control records', () => {
    const bytes = joined(
      batchAt(0n, 'a'),
      encodeEndMarker({ baseOffset: 1n, timestamp: 0, producerId: 7n, end: 'commit' }),
      batchAt(2n, 'b')
    )
    expect(offsets(runOf(bytes))).toEqual([0n, 2n])
  })

  it('omits aborted transactions under read_committed, whatever the order of the list', () => {
    const of = (base: bigint, producerId: bigint): Uint8Array =>
      encodeBatch({ baseOffset: base, records: [plainRecord('x')], producerId, transactional: true })
    const bytes = joined(
      of(0n, 1n),
      of(1n, 2n),
      encodeEndMarker({ baseOffset: 2n, timestamp: 0, producerId: 2n, end: 'abort' }),
      of(3n, 2n),
      encodeEndMarker({ baseOffset: 4n, timestamp: 0, producerId: 1n, end: 'abort' }),
      encodeEndMarker({ baseOffset: 5n, timestamp: 0, producerId: 2n, end: 'commit' }),
      batchAt(6n, 'y')
    )
    const aborted = [
      { producerId: 2n, firstOffset: 1n },
      { producerId: 1n, firstOffset: 0n }
    ]
    expect(offsets(runOf(bytes, { isolation: 'read_committed', aborted }))).toEqual([3n, 6n])
    expect(offsets(runOf(bytes, { aborted }))).toEqual([0n, 1n, 3n, 6n])
  })

  it.each([
    ['a negative length', (view: DataView) => { view.setInt32(batchLayout.length, -1) }], // prettier-ignore
    ['a negative count', (view: DataView) => { view.setInt32(batchLayout.count, -1) }], // prettier-ignore
    ['a count that is too large', (view: DataView) => { view.setInt32(batchLayout.count, 2 ** 30) }], // prettier-ignore
    ['a negative last offset', (view: DataView) => { view.setInt32(batchLayout.lastOffsetDelta, -5) }], // prettier-ignore
    ['a record that is longer than its batch', (view: DataView) => { view.setUint8(batchLayout.records, 0x7e) }], // prettier-ignore
    ['a varint without an end', (view: DataView) => { for (let i = 0; i < 7; i++) view.setUint8(batchLayout.records + i, 0xff) }], // prettier-ignore
    ['an old format', (view: DataView) => { view.setUint8(batchLayout.magic, 1) }], // prettier-ignore
    ['an unknown codec', (view: DataView) => { view.setInt16(batchLayout.attributes, 7) }] // prettier-ignore
  ])('makes a fault of %s', (_what, change) => {
    const run = runOf(resealed(batchAt(0n, 'hello', 'world'), change))
    recordsIn(run)
    expect(run.fault?._tag).toBe('CorruptBatchFault')
  })

  it('reads gzip, and stops a bomb at the limit', () => {
    const zipped = (value: Uint8Array): Uint8Array =>
      encodeBatch({
        baseOffset: 0n,
        records: [{ timestamp: 0, key: null, value, headers: [] }],
        compress: { codec: 1, run: (records) => gzipSync(records) }
      })
    expect(
      recordsIn(runOf(zipped(text('a')), { decompress })).map(({ value }) => value && new TextDecoder().decode(value))
    ).toEqual(['a'])
    const bomb = runOf(zipped(new Uint8Array(20_000_000)), { decompress })
    expect(bomb.advance()).toBe(false)
    expect(bomb.fault).toEqual({
      _tag: 'OversizedBatchFault',
      topic: 't',
      partition: 0,
      offset: 0n,
      limitBytes: 1_000_000
    })
  })

  it('names the codec that is missing, and what to install', () => {
    const run = runOf(
      encodeBatch({ baseOffset: 0n, records: [plainRecord('a')], compress: { codec: 4, run: (records) => records } }),
      { decompress: (codec) => left({ _tag: 'missing', codec: codec as 'zstd', install: 'the package fzstd' }) }
    )
    expect(run.advance()).toBe(false)
    expect(run.fault).toMatchObject({ _tag: 'CodecMissingFault', codec: 'zstd', install: 'the package fzstd' })
  })

  it('makes a fault of invalid gzip', () => {
    const run = runOf(batchAt(0n, 'a'), { decompress: () => left({ _tag: 'corrupt', reason: 'no' }) })
    const zipped = runOf(
      encodeBatch({ baseOffset: 0n, records: [plainRecord('a')], compress: { codec: 1, run: (records) => records } }),
      { decompress }
    )
    expect([run.advance(), zipped.advance()]).toEqual([true, false])
    expect(zipped.fault?._tag).toBe('CorruptBatchFault')
  })
})

import { describe, expect, it } from 'vitest'
import { batchLayout } from '../../../../src/core/records/batch-header.js'
import { crc32c } from '../../../../src/core/records/crc32c.js'
import { batchAt, joined, recordsIn, runOf } from '../../../support/record-runs.js'

const zigzag = (value: number): readonly number[] => {
  const bytes: number[] = []
  let rest = (value < 0 ? -2 * value - 1 : 2 * value) >>> 0
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) + 0x80)
  return [...bytes, rest]
}
const blob = (text: string): readonly number[] => [...zigzag(text.length), ...Buffer.from(text)]

interface Fields {
  readonly delta?: number
  readonly key?: readonly number[]
  readonly value?: readonly number[]
  /** their number and what follows */
  readonly headers?: readonly number[]
  /** how much longer the record says it is than it is */
  readonly longer?: number
}

const record = ({
  delta = 0,
  key = zigzag(-1),
  value = blob('v'),
  headers = zigzag(0),
  longer = 0
}: Fields): readonly number[] => {
  // prettier-ignore
  const body = [0, ...zigzag(0), ...zigzag(delta), ...key, ...value, ...headers]
  return [...zigzag(body.length + longer), ...body]
}

/** A batch of these records, whose header says what it likes. */
const batch = (
  baseOffset: bigint,
  records: readonly (readonly number[])[],
  says: { readonly count?: number; readonly lastDelta?: number } = {}
): Uint8Array => {
  const body = records.flat()
  const bytes = new Uint8Array(batchLayout.records + body.length)
  bytes.set(body, batchLayout.records)
  const view = new DataView(bytes.buffer)
  view.setBigInt64(batchLayout.baseOffset, baseOffset)
  view.setInt32(batchLayout.length, bytes.length - 12)
  view.setInt8(batchLayout.magic, 2)
  view.setInt32(batchLayout.lastOffsetDelta, says.lastDelta ?? records.length - 1)
  view.setBigInt64(batchLayout.producerId, -1n)
  view.setInt32(batchLayout.count, says.count ?? records.length)
  view.setUint32(batchLayout.checksum, crc32c(bytes, batchLayout.attributes, bytes.length))
  return bytes
}
const at = (...deltas: readonly number[]): readonly (readonly number[])[] => deltas.map((delta) => record({ delta }))

describe('a batch that contradicts itself', () => {
  it.each<[string, Uint8Array]>([
    ['has fewer records than it counts', batch(1n, at(0), { count: 2, lastDelta: 1 })],
    ['has more records than it counts', batch(1n, at(0, 1, 2), { count: 2, lastDelta: 2 })],
    ['counts two thousand million records', batch(1n, at(0), { count: 2 ** 31 - 1 })],
    ['counts none, and has some', batch(1n, at(0), { count: 0 })],
    ['has an offset twice', batch(1n, at(0, 1, 1))],
    ['has offsets that go back', batch(1n, at(0, 2, 1))],
    ['has an offset below its first', batch(1n, at(-1, 0))],
    ['has an offset behind its last', batch(1n, at(0, 5), { lastDelta: 1 })],
    ['has a record that is longer than the batch', batch(1n, [record({ longer: 9 })])],
    [
      'has a record that takes bytes of the next',
      batch(1n, [record({ longer: 3 }), record({ delta: 1 })], { count: 1, lastDelta: 1 })
    ],
    ['has a key that is longer than its record', batch(1n, [record({ key: zigzag(4), value: [] }), ...at(1)])],
    ['has a value of two thousand million bytes', batch(1n, [record({ value: zigzag(2 ** 30) })])],
    ['has bytes behind the last header', batch(1n, [record({ headers: [...zigzag(0), 7] })])],
    [
      'has a header that takes bytes of the next record',
      batch(1n, [record({ headers: [...zigzag(1), ...zigzag(2)] }), ...at(1)])
    ],
    ['has a header without a name', batch(1n, [record({ headers: [...zigzag(1), ...zigzag(-1), ...blob('x')] })])],
    [
      'counts more headers than there are',
      batch(1n, [record({ headers: [...zigzag(2), ...blob('a'), ...blob('b')] }), ...at(1)])
    ],
    ['counts two thousand million headers', batch(1n, [record({ headers: zigzag(2 ** 30) })])],
    ['counts less than no headers', batch(1n, [record({ headers: zigzag(-5) })])]
  ])('%s: neither it nor anything after it is returned', (_what, lying) => {
    const run = runOf(joined(batchAt(0n, 'a'), lying, batchAt(10n, 'b')))
    expect(recordsIn(run).map(({ offset }) => offset)).toEqual([0n])
    expect(run.fault).toMatchObject({ _tag: 'CorruptBatchFault', topic: 't', partition: 0, offset: 1n })
    expect(run.advance()).toBe(false)
  })

  it('is unreadable from a position within it', () => {
    const run = runOf(batch(1n, at(0, 1, 1)), { fetchOffset: 2n })
    expect([recordsIn(run), run.fault?.offset]).toEqual([[], 2n])
  })
})

describe('an offset of a batch that was changed, which no checksum covers,', () => {
  const moved = (bytes: Uint8Array, offset: bigint): Uint8Array => {
    new DataView(bytes.buffer).setBigInt64(batchLayout.baseOffset, offset)
    return bytes
  }
  const abc = batchAt(0n, 'a', 'b', 'c')
  const log = (offset: bigint): Uint8Array => joined(abc, moved(batchAt(3n, 'd', 'e'), offset), batchAt(5n, 'f'))

  it.each([
    ['to a lower one', 2n, []],
    ['to one below the position', -7n, []],
    ['to a higher one that is not beyond the high watermark', 4n, [0n, 1n, 2n]]
  ])('%s: neither of the two that overlap is returned, nor anything after them', (_what, offset, given) => {
    const run = runOf(log(offset), { highWatermark: 10n })
    expect(recordsIn(run).map((record) => record.offset)).toEqual(given)
    expect(run.fault).toMatchObject({ _tag: 'CorruptBatchFault', offset: offset === 4n ? 4n : 0n })
    expect([run.nextOffset, run.advance()]).toEqual([0n, false])
  })

  it('so that all of them end before the position is not a valid answer', () => {
    const run = runOf(abc, { fetchOffset: 3n })
    expect([recordsIn(run), run.nextOffset]).toEqual([[], 3n])
    expect(run.fault).toMatchObject({ offset: 3n, reason: expect.stringContaining('the requested offset') })
  })

  it('so that it overlaps with what was read before is found where the same leader wrote both', () => {
    const lying = batchAt(1n, 'd', 'e', 'f', 'g')
    const run = runOf(lying, { fetchOffset: 3n, behindEpoch: -1 })
    expect(recordsIn(run).map(({ offset }) => offset)).toEqual([3n, 4n])
    new DataView(lying.buffer).setInt32(batchLayout.leaderEpoch, 7)
    expect(recordsIn(runOf(lying, { fetchOffset: 3n, behindEpoch: 6 }))).toHaveLength(2)
    const overlapping = runOf(lying, { fetchOffset: 3n, behindEpoch: 7 })
    expect([recordsIn(overlapping), overlapping.fault?.offset, overlapping.nextOffset]).toEqual([[], 3n, 3n])
  })

  it('leaves gaps as they are: compaction makes them', () => {
    const run = runOf(joined(abc, batchAt(7n, 'd')), { highWatermark: 8n })
    expect([recordsIn(run).map(({ offset }) => offset), run.fault]).toEqual([[0n, 1n, 2n, 7n], null])
  })
})

describe('offsets beyond the high watermark', () => {
  it.each<[string, Uint8Array]>([
    ['a batch far ahead', batchAt(2n ** 60n, 'b')],
    ['a batch one ahead', batchAt(2n, 'b')],
    ['a batch that speaks of more than it has', batch(1n, at(0), { lastDelta: 2 ** 31 - 1 })],
    ['a batch of nothing', batch(1n, [], { lastDelta: 0 })]
  ])('are not trusted if some are missing: %s', (_what, lying) => {
    const run = runOf(joined(batchAt(0n, 'a'), lying), { highWatermark: 1n })
    expect(run.nextOffset).toBe(0n)
    expect(recordsIn(run).map(({ offset }) => offset)).toEqual([0n])
    expect(run.fault).toMatchObject({ _tag: 'CorruptBatchFault', reason: expect.stringContaining('high watermark') })
  })

  it('are accepted if none is missing: the log may have grown since', () => {
    const run = runOf(joined(batchAt(0n, 'a'), batchAt(1n, 'b', 'c')), { highWatermark: 1n })
    expect([run.nextOffset, recordsIn(run).length, run.fault]).toEqual([3n, 3, null])
  })

  it('may follow gaps below it', () => {
    const compacted = batch(1n, at(2), { lastDelta: 4 })
    const run = runOf(joined(compacted, batchAt(6n, 'b')), { highWatermark: 6n })
    expect([run.nextOffset, recordsIn(run).map(({ offset }) => offset), run.fault]).toEqual([7n, [3n, 6n], null])
  })
})

import { left } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { crc32 } from '../../../../src/core/records/crc32.js'
import { recordsIn as countOf } from '../../../../src/core/records/records-in.js'
import type { DecodedRun } from '../../../../src/core/records/record-run.js'
import { batchAt, joined, recordsIn, runOf, text } from '../../../support/record-runs.js'
import { oldMessage, oldWrapper } from '../../../support/old-messages.js'

const decoded = (bytes: Uint8Array | null): string | null => (bytes === null ? null : new TextDecoder().decode(bytes))

/** Offset, key, value and time of each record. */
const rows = (run: DecodedRun): readonly (readonly [bigint, string | null, string | null, number])[] =>
  recordsIn(run).map(({ offset, key, value, timestamp }) => [offset, decoded(key), decoded(value), timestamp])

describe('CRC-32', () => {
  it('is that of zlib', () => {
    expect(crc32(text('123456789'), 0, 9)).toBe(0xcbf43926)
    expect(crc32(text('xx123456789x'), 2, 11)).toBe(0xcbf43926)
  })
})

describe('messages from before Kafka 0.11', () => {
  it('are read in version 1, with gaps where compaction left them', () => {
    const run = runOf(
      joined(
        oldMessage({ offset: 3n, key: 'k', value: 'a', timestamp: 1_000 }),
        oldMessage({ offset: 7n, key: 'k', value: null, timestamp: 900 }),
        oldMessage({ offset: 8n, value: '', timestamp: 2_000 })
      ),
      { fetchOffset: 3n }
    )
    expect(run.nextOffset).toBe(9n)
    expect(rows(run)).toEqual([
      [3n, 'k', 'a', 1_000],
      [7n, 'k', null, 900],
      [8n, null, '', 2_000]
    ])
    expect(run.gap).toEqual({ from: 4n, to: 7n, missing: 3n })
  })

  it('are read in version 0, which has no times', () => {
    const run = runOf(joined(...['a', 'b'].map((value, at) => oldMessage({ magic: 0, offset: BigInt(at), value }))))
    expect(rows(run)).toEqual([
      [0n, null, 'a', -1],
      [1n, null, 'b', -1]
    ])
    expect(recordsIn(runOf(oldMessage({ magic: 0, offset: 0n, value: 'a' })))[0]?.headers).toEqual([])
  })

  it('are found in a compressed one: relative to its own offset in version 1, which is that of the last', () => {
    const bytes = oldWrapper({ offset: 12n }, { offset: 0n, value: 'a', timestamp: 5 }, { offset: 2n, value: 'b' })
    const run = runOf(bytes, { fetchOffset: 11n })
    expect(rows(run)).toEqual([[12n, null, 'b', 0]])
    expect(rows(runOf(bytes, { fetchOffset: 10n }))).toEqual([
      [10n, null, 'a', 5],
      [12n, null, 'b', 0]
    ])
    expect(run.nextOffset).toBe(13n)
  })

  it('have offsets of their own in a compressed one of version 0', () => {
    const run = runOf(oldWrapper({ offset: 12n, magic: 0 }, { offset: 10n, value: 'a' }, { offset: 12n, value: 'b' }), {
      fetchOffset: 10n
    })
    expect(rows(run).map(([offset]) => offset)).toEqual([10n, 12n])
  })

  it('have the broker’s time where the topic says so', () => {
    const run = runOf(
      joined(
        oldMessage({ offset: 0n, value: 'a', attributes: 8, timestamp: 77 }),
        oldMessage({ offset: 1n, value: 'b', attributes: 8, timestamp: 78 }),
        oldWrapper(
          { offset: 3n, attributes: 9, timestamp: 99 },
          { offset: 0n, value: 'c', timestamp: 1 },
          { offset: 1n, value: 'd', timestamp: 2 }
        )
      )
    )
    const records = recordsIn(run)
    expect(records.map(({ timestamp }) => timestamp)).toEqual([77, 78, 99, 99])
    expect(records.map(({ timestampType }) => timestampType)).toEqual(Array<string>(4).fill('LogAppendTime'))
  })

  it('before batches of today, and behind them: the rest comes with the next fetch', () => {
    const mixed = joined(
      oldMessage({ offset: 0n, value: 'a' }),
      batchAt(1n, 'b'),
      oldMessage({ offset: 2n, value: 'c' })
    )
    const first = runOf(mixed)
    expect([rows(first).map(([, , value]) => value), first.nextOffset]).toEqual([['a'], 1n])
    const second = runOf(mixed.subarray(oldMessage({ offset: 0n, value: 'a' }).length), { fetchOffset: 1n })
    expect([rows(second).map(([, , value]) => value), second.nextOffset]).toEqual([['b'], 2n])
  })

  it('of which less than one is there ask for more', () => {
    const whole = oldMessage({ offset: 0n, value: 'a'.repeat(100) })
    for (const bytes of [17, 25, 26, 30, whole.length - 1])
      expect(runOf(whole.subarray(0, bytes))).toMatchObject({ truncated: true, nextOffset: 0n })
    const cut = joined(oldMessage({ offset: 0n, value: 'a' }), whole.subarray(0, 50))
    expect(runOf(cut)).toMatchObject({ truncated: false, nextOffset: 1n })
  })

  it('that are damaged stop the partition there, and not before', () => {
    const damaged = oldMessage({ offset: 1n, value: 'b' })
    damaged[damaged.length - 1] = 1
    const behind = runOf(joined(oldMessage({ offset: 0n, value: 'a' }), damaged))
    expect([rows(behind).length, behind.fault, behind.nextOffset]).toEqual([1, null, 1n])
    const run = runOf(damaged, { fetchOffset: 1n })
    expect([run.advance(), run.truncated]).toEqual([false, false])
    expect(run.fault).toEqual({
      _tag: 'CorruptBatchFault',
      topic: 't',
      partition: 0,
      offset: 1n,
      reason: 'the checksum (CRC-32) of a message does not match'
    })
    expect(rows(runOf(damaged, { fetchOffset: 1n, checksum: null })).length).toBe(1)
  })

  it.each([
    ['one of another version', oldWrapper({ offset: 1n }, { offset: 0n, magic: 0, value: 'a' })],
    ['a compressed one', oldWrapper({ offset: 1n }, { offset: 0n, attributes: 1, value: 'a' })],
    ['none', oldWrapper({ offset: 1n })],
    [
      'the beginning of one',
      oldMessage({ offset: 1n, attributes: 1, value: oldMessage({ offset: 0n, value: 'a' }).subarray(0, 20) })
    ],
    ['offsets that go back', oldWrapper({ offset: 1n }, { offset: 1n, value: 'a' }, { offset: 0n, value: 'b' })]
  ])('that contain %s are corrupt', (_, bytes) => {
    const run = runOf(bytes)
    expect(run.advance()).toBe(false)
    expect(run.fault).toMatchObject({ _tag: 'CorruptBatchFault' })
  })

  it('that cannot be decompressed say why', () => {
    const bytes = oldWrapper({ offset: 0n }, { offset: 0n, value: 'a' })
    const oversized = runOf(bytes, { decompress: () => left({ _tag: 'oversized' }) })
    expect([oversized.advance(), oversized.fault]).toMatchObject([false, { _tag: 'OversizedBatchFault' }])
    const missing = runOf(bytes, { decompress: () => left({ _tag: 'missing', codec: 'lz4', install: 'lz4-napi' }) })
    expect([missing.advance(), missing.fault]).toMatchObject([false, { _tag: 'CodecMissingFault' }])
  })

  it('are decompressed up to a limit at once', () => {
    const one = (offset: bigint): Uint8Array => oldWrapper({ offset }, { offset: 0n, value: 'x'.repeat(600) })
    const run = runOf(joined(one(0n), one(1n), one(2n)), { maxDecompressedBytes: 1_000 })
    expect([rows(run).length, run.nextOffset]).toEqual([1, 1n])
  })

  it('are counted for traces', () => {
    expect(countOf(joined(oldMessage({ offset: 0n, value: 'a' }), oldMessage({ offset: 1n, value: 'b' })))).toBe(2)
  })
})

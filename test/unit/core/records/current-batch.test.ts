import { describe, expect, it } from 'vitest'
import { batchLayout } from '../../../../src/core/records/batch-header.js'
import { CurrentBatch } from '../../../../src/core/records/current-batch.js'
import { encodeBatch } from '../../../../src/core/records/encode-batch.js'
import { RecordsOfBatch } from '../../../../src/core/records/records-of-batch.js'
import { VarintReader } from '../../../../src/core/records/varint-reader.js'
import { plainRecord } from '../../../support/record-runs.js'

interface BatchOptions {
  readonly from?: number
  readonly lastDelta?: number
  readonly timestampType?: 'CreateTime' | 'LogAppendTime'
}

/** A batch from offset 100 on with records at these deltas, which speaks of `lastDelta`; what is missing is noted. */
const trial = (
  deltas: readonly number[],
  { from = 0, lastDelta = deltas.at(-1) ?? 0, timestampType = 'CreateTime' }: BatchOptions = {}
) => {
  const missing: (readonly [bigint, bigint])[] = []
  const gaps = { missing: (since: bigint, to: bigint) => missing.push([since, to]) }
  const records = deltas.map((offsetDelta) => plainRecord('v', { offsetDelta, timestamp: 1_000 + offsetDelta }))
  const bytes = encodeBatch({ baseOffset: 100n, leaderEpoch: 7, records, lastOffsetDelta: lastDelta })
  const batch = {
    topic: 't',
    partition: 0,
    baseOffset: 100n,
    baseTimestamp: 1_000,
    timestampType,
    leaderEpoch: 7,
    checksum: 0,
    reader: new VarintReader(bytes, 0, bytes.length)
  }
  const range = { bytes, at: batchLayout.records, end: bytes.length }
  const current = new CurrentBatch()
  current.enter(batch, new RecordsOfBatch(range, deltas.length, lastDelta), from, lastDelta)
  return { current, gaps, missing }
}

/** The offsets of the records, relative to 100. */
const deltasOf = ({ current, gaps }: ReturnType<typeof trial>): readonly number[] => {
  const deltas: number[] = []
  while (current.next(gaps)) deltas.push(current.offsetFrom({ base: 100n }))
  return deltas
}

describe('CurrentBatch', () => {
  it('gives nothing before it has a batch', () => {
    const current = new CurrentBatch()
    const gaps = { missing: () => expect.unreachable('nothing is missing') }
    current.leave(gaps)

    expect([current.next(gaps), current.leaderEpoch, current.timestamp]).toEqual([false, -1, null])
  })

  it('passes over records before those that were asked for', () => {
    const batch = trial([0, 1, 2], { from: 1 })

    expect(deltasOf(batch)).toEqual([1, 2])
    expect(batch.missing).toEqual([])
  })

  it('notes which offsets have no record, those behind its last too', () => {
    const batch = trial([1, 4], { lastDelta: 6 })

    expect(deltasOf(batch)).toEqual([1, 4])
    batch.current.leave(batch.gaps)
    expect(batch.missing).toEqual([
      [100n, 101n],
      [102n, 104n],
      [105n, 107n]
    ])
  })

  it('counts offsets from any start', () => {
    const { current, gaps } = trial([0, 1])
    current.next(gaps)
    current.next(gaps)

    expect([current.offsetFrom({ base: 100n }), current.offsetFrom({ base: 90n })]).toEqual([1, 11])
  })

  it('knows the timestamp of the last record when it has left its batch, and nothing else of it', () => {
    const { current, gaps } = trial([0, 1])
    current.next(gaps)
    current.next(gaps)
    const before = [current.timestamp, current.leaderEpoch]
    current.leave(gaps)

    expect([before, current.timestamp, current.leaderEpoch]).toEqual([[1_001, 7], 1_001, -1])
  })

  it('gives all records the time of the broker, if the topic wants that', () => {
    const { current, gaps } = trial([0, 1], { timestampType: 'LogAppendTime' })
    current.next(gaps)
    current.next(gaps)

    expect(current.timestamp).toBe(1_000)
  })
})

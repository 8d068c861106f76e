import { describe, expect, it } from 'vitest'
import { batchChain, type BatchChain, type ChainInput } from '../../../../src/core/records/batch-chain.js'
import { batchLayout } from '../../../../src/core/records/batch-header.js'
import { encodeBatch } from '../../../../src/core/records/encode-batch.js'
import { batchAt, joined, plainRecord } from '../../../support/record-runs.js'

const chain = (bytes: Uint8Array, more: Partial<ChainInput> = {}): BatchChain =>
  batchChain({ bytes, fetchOffset: 0n, behindEpoch: -1, highWatermark: 1_000n, ...more })

const reasonOf = (bytes: Uint8Array, more?: Partial<ChainInput>): string | undefined =>
  chain(bytes, more).contradiction?.reason

/** Two records, the second three offsets behind the first: compaction has removed those between. */
const compacted = encodeBatch({
  baseOffset: 0n,
  lastOffsetDelta: 3,
  records: [plainRecord('a'), plainRecord('b', { offsetDelta: 3 })]
})
const withLength = (bytes: Uint8Array, length: number): Uint8Array => {
  const copy = bytes.slice()
  new DataView(copy.buffer).setInt32(batchLayout.length, length)
  return copy
}

describe('batchChain', () => {
  it('continues behind the last batch, and knows the largest', () => {
    const small = batchAt(0n, 'a')
    const large = batchAt(1n, 'b', 'ccccccccccc')

    expect(chain(joined(small, large))).toEqual({
      end: small.length + large.length,
      nextOffset: 3n,
      leaderEpoch: -1,
      largest: large.length,
      contradiction: null
    })
  })

  it('allows gaps between batches and within them, as compaction leaves them', () => {
    expect(chain(joined(compacted, batchAt(9n, 'c')))).toMatchObject({ nextOffset: 10n, contradiction: null })
  })

  it('leaves a batch that is cut off to the next fetch', () => {
    const whole = batchAt(0n, 'a')
    const cut = batchAt(1n, 'b').subarray(0, 65)

    expect(chain(joined(whole, cut))).toMatchObject({ end: whole.length, nextOffset: 1n, contradiction: null })
    expect(chain(cut)).toMatchObject({ end: 0, nextOffset: 0n, largest: 0 })
  })

  it('passes all bytes to the reader if a length is impossible, so that it is reported', () => {
    const bytes = joined(batchAt(0n, 'a'), withLength(batchAt(1n, 'b'), 7))

    expect(chain(bytes).end).toBe(bytes.length)
  })

  it('reads neither of two batches that overlap', () => {
    const first = batchAt(0n, 'a')
    const bytes = joined(first, batchAt(1n, 'b', 'c'), batchAt(2n, 'd'))

    expect(chain(bytes)).toMatchObject({
      nextOffset: 0n,
      contradiction: { start: first.length, reason: 'the batch behind it begins before its end' }
    })
  })

  it('begins behind the batch that the last answer ended with, if its leader is the same', () => {
    const bytes = encodeBatch({ baseOffset: 4n, leaderEpoch: 3, records: [plainRecord('a'), plainRecord('b')] })
    const at5 = { fetchOffset: 5n }

    expect(reasonOf(bytes, { ...at5, behindEpoch: 3 })).toBe('it begins before the end of the batch before it')
    // Another leader may have batched the same records otherwise; and a position may be within a batch.
    expect(reasonOf(bytes, { ...at5, behindEpoch: 2 })).toBeUndefined()
    expect(reasonOf(bytes, at5)).toBeUndefined()
  })

  it('reaches the position', () => {
    expect(reasonOf(batchAt(0n, 'a'), { fetchOffset: 1n })).toContain('end before the requested offset 1')
    expect(reasonOf(batchAt(0n, 'a', 'b'), { fetchOffset: 1n })).toBeUndefined()
  })

  it('allows no gap beyond the high watermark: nothing there is compacted', () => {
    const beyond = { highWatermark: 2n }

    expect(reasonOf(compacted, beyond)).toContain('missing, beyond the high watermark of 2')
    expect(reasonOf(batchAt(1n, 'a', 'b'), beyond)).toContain('offsets up to 2 are missing')
    expect(reasonOf(batchAt(0n, 'a', 'b', 'c', 'd'), beyond)).toBeUndefined()
  })

  it('keeps the first contradiction', () => {
    const bytes = joined(batchAt(0n, 'a', 'b'), batchAt(1n, 'c'), batchAt(1n, 'd'))

    expect(chain(bytes).contradiction).toMatchObject({ start: 0 })
  })
})

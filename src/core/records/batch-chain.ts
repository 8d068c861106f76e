import { batchLayout as at, lengthOverhead } from './batch-header.js'
import { areOldMessages } from './old-messages.js'

/** The result of reading the headers of a response's batches, before any record is read. */
export interface BatchChain {
  /** the end of the last whole batch; the end of the bytes if a batch has an impossible length */
  readonly end: number
  /** the offset behind the last batch; the fetch position if no batch is consistent */
  readonly nextOffset: bigint
  /** of the last batch; -1 if there is none */
  readonly leaderEpoch: number
  /** the size of the largest batch in bytes */
  readonly largest: number
  /** the first batch that is inconsistent, and why; null if all are consistent */
  readonly contradiction: { readonly start: number; readonly reason: string } | null
}

export interface ChainInput {
  readonly bytes: Uint8Array
  /** the fetch position: a fetch returns the batch that contains it, or the next batch */
  readonly fetchOffset: bigint
  /** The leader epoch of the last batch read, if it ends at the position; else -1. */
  readonly behindEpoch: number
  /** the end of the log as the broker reports it */
  readonly highWatermark: bigint
}

/**
 * Checks the batches of a fetch response against each other and against the request. Their checksums do not cover their
 * offsets, which a broker, a proxy or a disk may have changed.
 *
 * - A batch begins where the one before it ends, or later: compaction leaves gaps, but never moves a batch. If two batches
 *   overlap, either may be wrong, so neither is read.
 * - If the last answer ended with a batch of the same leader, the next begins behind it.
 * - The answer reaches the position: brokers begin with the first batch whose last offset is not below it
 *   (`LogSegment.translateOffset`).
 * - Beyond the high watermark no offset is missing: the log may have grown since the broker read it, but that part is not
 *   compacted.
 */
export const batchChain = ({ bytes, fetchOffset, behindEpoch, highWatermark }: ChainInput): BatchChain => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  let start = 0
  let last = -1
  let largest = 0
  let behind = fetchOffset
  let contradiction: BatchChain['contradiction'] = null
  const isRead = (batch: number): boolean => view.getInt8(batch + at.magic) === 2
  const behindOf = (batch: number): bigint =>
    view.getBigInt64(batch) + BigInt(view.getInt32(batch + at.lastOffsetDelta)) + 1n
  // Behind batches, messages of an older version are left to the next fetch.
  const isOld = (): boolean => areOldMessages(bytes, start)
  while (start + at.records <= bytes.length && !isOld()) {
    const length = view.getInt32(start + at.length)
    // The reader reports an impossible length when it gets there.
    if (length < at.records - lengthOverhead) break
    const stop = start + lengthOverhead + length
    if (stop > bytes.length) break
    if (contradiction === null && isRead(start)) {
      const base = view.getBigInt64(start)
      const count = view.getInt32(start + at.count)
      const lastDelta = view.getInt32(start + at.lastOffsetDelta)
      const next = base + BigInt(lastDelta) + 1n
      if (last >= 0 && isRead(last) && base < behind)
        contradiction = { start: last, reason: 'the batch behind it begins before its end' }
      else if (
        last < 0 &&
        base < fetchOffset &&
        behindEpoch >= 0 &&
        view.getInt32(start + at.leaderEpoch) === behindEpoch
      )
        contradiction = { start, reason: 'it begins before the end of the batch before it' }
      else if (next > highWatermark && (count !== lastDelta + 1 || base > (last < 0 ? fetchOffset : behind)))
        contradiction = {
          start,
          reason: `offsets up to ${String(next - 1n)} are missing, beyond the high watermark of ${String(highWatermark)}`
        }
    }
    behind = behindOf(start)
    last = start
    largest = Math.max(largest, stop - start)
    start = stop
  }
  if (contradiction === null && last >= 0 && isRead(last) && behind <= fetchOffset)
    contradiction = {
      start: 0,
      reason: `it and all batches behind it end before the requested offset ${String(fetchOffset)}`
    }
  const hasBadLength =
    start + at.records <= bytes.length && view.getInt32(start + at.length) < at.records - lengthOverhead && !isOld()
  return {
    end: hasBadLength ? bytes.length : start,
    nextOffset: last >= 0 && contradiction === null && behind > fetchOffset ? behind : fetchOffset,
    leaderEpoch: last < 0 ? -1 : view.getInt32(last + at.leaderEpoch),
    largest,
    contradiction
  }
}

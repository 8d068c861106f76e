import { batchLayout as at, lengthOverhead } from './batch-header.js'
import { areOldMessages } from './old-messages.js'

/** The result of reading the headers of a response's batches, before any record is read. */
export interface BatchChain {
  /** where the last whole batch ends; where the length of one cannot be, the end of the bytes */
  readonly end: number
  /** the offset behind the last batch, or the position where nothing in it can be believed */
  readonly nextOffset: bigint
  /** of the last batch, -1 where there is none */
  readonly leaderEpoch: number
  /** the bytes of the largest */
  readonly largest: number
  /** where the first batch begins that may not be read, and why; null where there is none */
  readonly contradiction: { readonly start: number; readonly reason: string } | null
}

export interface ChainInput {
  readonly bytes: Uint8Array
  /** the position: a fetch brings the batch that holds it, or the next there is */
  readonly fetchOffset: bigint
  /** The leader epoch of a batch that was read and ends at the position; -1 where none was. */
  readonly behindEpoch: number
  /** what the broker says is the end of the log */
  readonly highWatermark: bigint
}

/**
 * Checks the batches of a fetch response against each other and against the request. Their checksums do not cover their
 * offsets: a broker, a proxy or a disk may have changed them.
 *
 * - A batch begins where the one before it ends, or later: compaction leaves gaps, but never moves a batch. If two batches
 *   overlap, either may be wrong, so neither is read.
 * - Where the last answer ended with a batch of the same leader, the next begins behind it.
 * - The answer reaches the position: brokers begin with the first batch whose last offset is not below it
 *   (`LogSegment.translateOffset`).
 * - Beyond the high watermark no offset is missing: the log may have grown since the broker looked, but that is not compacted.
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
    // A length that cannot be is left to the reader, which has to say so where the records are missed.
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
      reason: `it and all behind it end before offset ${String(fetchOffset)}, which was asked for`
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

import { AcquiredBatch } from '../../src/core/share/acquired-batch.js'
import type { AcknowledgementBatch } from '../../src/core/share/share-messages.js'

/** Records of one partition that node 1 has locked at 0 for 30 s. */
export const acquired = (first: number, last: number, partition = 0): AcquiredBatch =>
  new AcquiredBatch(
    { topic: 't', topicId: 'T', partition },
    1,
    { firstOffset: BigInt(first), lastOffset: BigInt(last), deliveryCount: 1 },
    0,
    30_000
  )

/** `0-4:1` for offsets 0 to 4, all of type 1. */
export const batchesAsText = (batches: readonly AcknowledgementBatch[]): string =>
  batches.map(({ firstOffset, lastOffset, types }) => `${String(firstOffset)}-${String(lastOffset)}:${types.join('')}`).join(' ') // prettier-ignore

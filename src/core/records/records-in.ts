import { batchLayout as at, lengthOverhead } from './batch-header.js'
import { areOldMessages } from './old-messages.js'

/**
 * The number of records in these batches by their headers; a truncated batch does not count. A message from before Kafka 0.11
 * counts as one, though it may contain others.
 */
export const recordsIn = (batches: Uint8Array): number => {
  const view = new DataView(batches.buffer, batches.byteOffset, batches.length)
  let count = 0
  for (let start = 0; start + at.magic < batches.length;) {
    const length = view.getInt32(start + at.length)
    const isOld = areOldMessages(batches, start)
    if (length < (isOld ? 0 : at.records - lengthOverhead) || start + lengthOverhead + length > batches.length) break
    count += isOld ? 1 : Math.max(0, view.getInt32(start + at.count))
    start += lengthOverhead + length
  }
  return count
}

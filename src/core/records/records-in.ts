import { batchLayout as at, lengthOverhead } from './batch-header.js'

/** How many records these batches have, as their headers say; one that is cut off does not count. */
export const recordsIn = (batches: Uint8Array): number => {
  const view = new DataView(batches.buffer, batches.byteOffset, batches.length)
  let count = 0
  for (let start = 0; start + at.records <= batches.length;) {
    const length = view.getInt32(start + at.length)
    if (length < at.records - lengthOverhead || start + lengthOverhead + length > batches.length) break
    count += Math.max(0, view.getInt32(start + at.count))
    start += lengthOverhead + length
  }
  return count
}

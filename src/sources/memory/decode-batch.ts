import { attributeBits, batchLayout as at } from '../../core/records/batch-header.js'
import { crc32c } from '../../core/records/crc32c.js'
import { eachRecord } from '../../core/records/each-record.js'
import type { RecordToEncode } from '../../core/records/encode-batch.js'
import type { BatchOrigin } from './producer-states.js'

/** A batch as sent by a producer. */
export interface SentBatch {
  readonly origin: BatchOrigin
  readonly transactional: boolean
  readonly records: readonly RecordToEncode[]
}

/** Reads one whole uncompressed batch; null if it is not one, or its checksum is wrong. */
export const decodeBatch = (bytes: Uint8Array): SentBatch | null => {
  if (bytes.length < at.records) return null
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const attributes = view.getInt16(at.attributes)
  if (view.getUint32(at.checksum) !== crc32c(bytes, at.attributes, bytes.length)) return null
  if ((attributes & attributeBits.codec) !== 0) return null
  const count = view.getInt32(at.count)
  const records: RecordToEncode[] = []
  const firstTimestamp = Number(view.getBigInt64(at.firstTimestamp))
  // Copies, since the sender may reuse its bytes.
  const whole = eachRecord(
    bytes.slice(),
    { at: at.records, end: bytes.length, count },
    firstTimestamp,
    (record, timestamp) => records.push({ ...record, timestamp })
  )
  if (!whole || records.length === 0) return null
  const origin = {
    producerId: view.getBigInt64(at.producerId),
    producerEpoch: view.getInt16(at.producerEpoch),
    baseSequence: view.getInt32(at.baseSequence),
    count
  }
  return { origin, transactional: (attributes & attributeBits.transactional) !== 0, records }
}

import type { Bytes } from '../../model/bytes.js'
import type { Header } from '../../model/header.js'
import { crc32c } from './crc32c.js'
import { BatchBuilder, type BatchHeader, type BytesSource, type Compressor } from './batch-builder.js'

/** A record to be written. */
export interface RecordToEncode {
  /** the record's offset less that of the batch; omitted: one more than that of the record before */
  readonly offsetDelta?: number
  readonly timestamp: number
  readonly key: Bytes
  readonly value: Bytes
  readonly headers: readonly Header[]
}

export interface BatchToEncode extends BatchHeader {
  readonly baseOffset: bigint
  readonly records: readonly RecordToEncode[]
  /** Compresses the records; omitted: no compression. */
  readonly compress?: Compressor
}

/** Writes a record batch (message format v2). */
export const encodeBatch = (batch: BatchToEncode): Uint8Array => {
  const builder = new BatchBuilder(1024, newBytes)
  for (const record of batch.records) builder.append(record, record.timestamp, record.offsetDelta)
  if (batch.compress !== undefined) builder.compress(batch.compress)
  return builder.finish(batch, crc32c).slice()
}

const newBytes: BytesSource = { take: (length) => new Uint8Array(length), giveBack: () => undefined }

export interface EndMarker {
  readonly baseOffset: bigint
  readonly timestamp: number
  readonly producerId: bigint
  readonly producerEpoch?: number
  readonly leaderEpoch?: number
  readonly end: 'commit' | 'abort'
}

/** The marker that ends a transaction in a partition. */
export const encodeEndMarker = ({ timestamp, end, ...header }: EndMarker): Uint8Array =>
  encodeBatch({
    ...header,
    transactional: true,
    control: true,
    records: [
      {
        timestamp,
        key: new Uint8Array([0, 0, 0, end === 'commit' ? 1 : 0]),
        value: new Uint8Array(6),
        headers: []
      }
    ]
  })

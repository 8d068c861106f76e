import type { Bytes } from '../../model/bytes.js'
import type { Header } from '../../model/header.js'
import { attributeBits, batchLayout as at, lengthOverhead } from './batch-header.js'
import { crc32c } from './crc32c.js'

/** A record to be written. */
export interface RecordToEncode {
  /** offset less the batch's base; left out: one more than the record before */
  readonly offsetDelta?: number
  readonly timestamp: number
  readonly key: Bytes
  readonly value: Bytes
  readonly headers: readonly Header[]
}

export interface BatchToEncode {
  readonly baseOffset: bigint
  readonly records: readonly RecordToEncode[]
  /** left out: that of the last record; larger where the batch's last records were compacted away */
  readonly lastOffsetDelta?: number
  /** set where the broker's time stands for all records */
  readonly logAppendTime?: number
  readonly leaderEpoch?: number
  readonly producerId?: bigint
  readonly producerEpoch?: number
  readonly baseSequence?: number
  readonly transactional?: boolean
  readonly control?: boolean
  /** Compresses the records; left out: none. */
  readonly compress?: { readonly codec: number; readonly run: (records: Uint8Array) => Uint8Array }
}

/** Writes an record batch (message format v2). */
export const encodeBatch = (batch: BatchToEncode): Uint8Array => {
  const { records } = batch
  const first = records[0]?.timestamp ?? -1
  const writer = new BatchWriter()
  writer.at = at.records
  let delta = -1
  let latest = first
  for (const record of records) {
    delta = record.offsetDelta ?? delta + 1
    if (record.timestamp > latest) latest = record.timestamp
    writer.record(record, record.timestamp - first, delta)
  }
  if (batch.compress !== undefined)
    writer.replaceFrom(at.records, batch.compress.run(writer.bytes.slice(at.records, writer.at)))
  const end = writer.at
  const view = writer.view
  view.setBigInt64(at.baseOffset, batch.baseOffset)
  view.setInt32(at.length, end - lengthOverhead)
  view.setInt32(at.leaderEpoch, batch.leaderEpoch ?? -1)
  view.setInt8(at.magic, 2)
  const attributes =
    (batch.logAppendTime === undefined ? 0 : attributeBits.logAppendTime) |
    (batch.transactional === true ? attributeBits.transactional : 0) |
    (batch.control === true ? attributeBits.control : 0) |
    (batch.compress?.codec ?? 0)
  view.setInt16(at.attributes, attributes)
  view.setInt32(at.lastOffsetDelta, batch.lastOffsetDelta ?? Math.max(0, delta))
  view.setBigInt64(at.firstTimestamp, BigInt(first))
  view.setBigInt64(at.maxTimestamp, BigInt(batch.logAppendTime ?? latest))
  view.setBigInt64(at.producerId, batch.producerId ?? -1n)
  view.setInt16(at.producerEpoch, batch.producerEpoch ?? -1)
  view.setInt32(at.baseSequence, batch.baseSequence ?? -1)
  view.setInt32(at.count, records.length)
  view.setUint32(at.checksum, crc32c(writer.bytes, at.attributes, end))
  return writer.bytes.slice(0, end)
}

/** The marker that ends a producer's transaction. */
export const encodeEndMarker = (
  baseOffset: bigint,
  timestamp: number,
  producerId: bigint,
  leaderEpoch: number,
  end: 'commit' | 'abort'
): Uint8Array =>
  encodeBatch({
    baseOffset,
    producerId,
    leaderEpoch,
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

const text = /*#__PURE__*/ new TextEncoder()

class BatchWriter {
  bytes = new Uint8Array(1024)
  view = new DataView(this.bytes.buffer)
  at = 0

  record(record: RecordToEncode, timestampDelta: number, offsetDelta: number): void {
    const headers = record.headers.map(({ name, value }) => ({ name: text.encode(name), value }))
    // The record's length comes first, so that its body is measured before it is written.
    let length = 1 + varlongSize(timestampDelta) + varintSize(offsetDelta) + sized(record.key) + sized(record.value)
    length += varintSize(headers.length)
    for (const { name, value } of headers) length += sized(name) + sized(value)
    this.reserve(length + 5)
    this.varlong(length)
    this.bytes[this.at++] = 0
    this.varlong(timestampDelta)
    this.varlong(offsetDelta)
    this.blob(record.key)
    this.blob(record.value)
    this.varlong(headers.length)
    for (const { name, value } of headers) {
      this.blob(name)
      this.blob(value)
    }
  }

  /** Puts these bytes in place of all from there on. */
  replaceFrom(start: number, bytes: Uint8Array): void {
    this.at = start
    this.reserve(bytes.length)
    this.bytes.set(bytes, start)
    this.at = start + bytes.length
  }

  private blob(bytes: Bytes): void {
    this.varlong(bytes === null ? -1 : bytes.length)
    if (bytes === null) return
    this.bytes.set(bytes, this.at)
    this.at += bytes.length
  }

  private varlong(value: number): void {
    let rest = zigzag(value)
    while (rest >= 0x80) {
      this.bytes[this.at++] = (rest % 0x80) | 0x80
      rest = Math.floor(rest / 0x80)
    }
    this.bytes[this.at++] = rest
  }

  private reserve(more: number): void {
    if (this.at + more <= this.bytes.length) return
    const larger = new Uint8Array(Math.max(this.bytes.length * 2, this.at + more))
    larger.set(this.bytes)
    this.bytes = larger
    this.view = new DataView(larger.buffer)
  }
}

const zigzag = (value: number): number => (value >= 0 ? value * 2 : -value * 2 - 1)
const varlongSize = (value: number): number => {
  let size = 1
  for (let rest = zigzag(value); rest >= 0x80; rest = Math.floor(rest / 0x80)) size++
  return size
}
const varintSize = varlongSize
const sized = (bytes: Bytes): number => varintSize(bytes === null ? -1 : bytes.length) + (bytes?.length ?? 0)

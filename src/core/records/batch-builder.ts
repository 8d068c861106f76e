import type { Wire } from '../../model/producer-record.js'
import { attributeBits, batchLayout as at, lengthOverhead } from './batch-header.js'
import type { Checksum } from './crc32c.js'
import { eachRecord, type RecordView } from './each-record.js'
import { textBytes, type TextTarget, textTarget, writeText } from './text-bytes.js'

/** A header on its way to Kafka. */
export interface WireHeader {
  readonly name: string
  readonly value: Wire
}

/** The content of a record: bytes as they are, text as UTF-8. */
export interface RecordContent {
  readonly key: Wire
  readonly value: Wire
  readonly headers: readonly WireHeader[]
  /**
   * The bytes of a key that is a text, if measured already. A key of bytes is measured when it is written, since it may be
   * transferred elsewhere before.
   */
  readonly keyBytes?: number
  /** The same for the value. */
  readonly valueBytes?: number
}

/** The fields of a batch's header that do not follow from its records. */
export interface BatchHeader {
  readonly baseOffset?: bigint
  /** omitted: that of the last record; larger if the batch's last records were compacted away */
  readonly lastOffsetDelta?: number
  /** the broker's time, which replaces that of the records (`message.timestamp.type=LogAppendTime`) */
  readonly logAppendTime?: number
  readonly leaderEpoch?: number
  readonly producerId?: bigint
  readonly producerEpoch?: number
  readonly baseSequence?: number
  readonly transactional?: boolean
  readonly control?: boolean
}

/** Compresses the records of a batch; `codec` is Kafka's number of the codec. */
export interface Compressor {
  readonly codec: number
  readonly run: (records: Uint8Array) => Uint8Array
}

/** Provides the bytes of a batch, and takes back those that it has outgrown. */
export interface BytesSource {
  /** A buffer of this size, which need not be zeroed. */
  take(length: number): Uint8Array
  giveBack(bytes: Uint8Array): void
}

/** The maximum of a record's bytes besides key, value and headers: lengths, attributes, timestamp and offset. */
export const recordOverhead = 21

/** An upper bound of a record's bytes in a batch. */
export const recordBound = ({ key, value, headers, keyBytes, valueBytes }: RecordContent): number => {
  let bound = recordOverhead + wireLength(key, keyBytes) + wireLength(value, valueBytes)
  for (const header of headers) bound += 10 + textBytes(header.name) + wireLength(header.value)
  return bound
}

/** The size of an empty batch: its records begin there. */
export const emptyBatchBytes = at.records

/**
 * A record batch (message format v2) that records are written into directly, without intermediate objects. The header is
 * written last, and again if the batch is sent again under another producer epoch.
 */
export class BatchBuilder {
  private readonly source: BytesSource
  private bytes: Uint8Array
  private view: DataView
  /** created from the bytes for the first text */
  private text: TextTarget | null = null
  private at: number = at.records
  private records = 0
  private firstTimestamp = -1
  private latest = -1
  private lastDelta = -1
  private codec = 0
  /** The whole batch with compressed records. The uncompressed records stay: a batch that is too large is divided. */
  private compressed: Uint8Array | null = null

  constructor(capacity: number, source: BytesSource) {
    this.source = source
    this.bytes = source.take(Math.max(capacity, at.records))
    this.view = new DataView(this.bytes.buffer)
  }

  get count(): number {
    return this.records
  }

  /** The bytes written so far, including the header. */
  get size(): number {
    return this.at
  }

  /** Appends a record; the buffer grows if the record does not fit. */
  append(
    { key, value, headers, keyBytes, valueBytes }: RecordContent,
    timestamp: number,
    offsetDelta = this.lastDelta + 1
  ): void {
    if (this.records === 0) this.firstTimestamp = timestamp
    if (this.records === 0 || timestamp > this.latest) this.latest = timestamp
    const timestampDelta = timestamp - this.firstTimestamp
    // The record's length comes first, so the body is measured before it is written.
    const keyLength = wireLength(key, keyBytes)
    const valueLength = wireLength(value, valueBytes)
    let length = 1 + varlongSize(timestampDelta) + varlongSize(offsetDelta) + varlongSize(headers.length)
    length += varlongSize(key === null ? -1 : keyLength) + keyLength
    length += varlongSize(value === null ? -1 : valueLength) + valueLength
    for (const header of headers) {
      const named = textBytes(header.name)
      const valued = wireLength(header.value)
      length += varlongSize(named) + named + varlongSize(header.value === null ? -1 : valued) + valued
    }
    this.reserve(length + 5)
    this.varlong(length)
    this.bytes[this.at++] = 0
    this.varlong(timestampDelta)
    this.varlong(offsetDelta)
    this.wire(key, keyLength)
    this.wire(value, valueLength)
    this.varlong(headers.length)
    for (const header of headers) {
      this.wire(header.name, textBytes(header.name))
      this.wire(header.value, wireLength(header.value))
    }
    this.lastDelta = offsetDelta
    this.records++
  }

  /** Compresses the records, with `ifSmaller` only if that makes the batch smaller. No record may be appended after that. */
  compress({ codec, run }: Compressor, ifSmaller = false): void {
    const records = run(this.bytes.subarray(at.records, this.at))
    if (ifSmaller && records.length >= this.at - at.records) return
    this.compressed = new Uint8Array(at.records + records.length)
    this.compressed.set(records, at.records)
    this.codec = codec
  }

  /** Writes the header and returns the batch, as a view that the next call changes. */
  finish(header: BatchHeader, checksum: Checksum): Uint8Array {
    const batch = this.compressed ?? this.bytes.subarray(0, this.at)
    const view = this.compressed === null ? this.view : new DataView(this.compressed.buffer)
    view.setBigInt64(at.baseOffset, header.baseOffset ?? 0n)
    view.setInt32(at.length, batch.length - lengthOverhead)
    view.setInt32(at.leaderEpoch, header.leaderEpoch ?? -1)
    view.setInt8(at.magic, 2)
    const attributes =
      (header.logAppendTime === undefined ? 0 : attributeBits.logAppendTime) |
      (header.transactional === true ? attributeBits.transactional : 0) |
      (header.control === true ? attributeBits.control : 0) |
      this.codec
    view.setInt16(at.attributes, attributes)
    view.setInt32(at.lastOffsetDelta, header.lastOffsetDelta ?? Math.max(0, this.lastDelta))
    view.setBigInt64(at.firstTimestamp, BigInt(this.firstTimestamp))
    view.setBigInt64(at.maxTimestamp, BigInt(header.logAppendTime ?? this.latest))
    view.setBigInt64(at.producerId, header.producerId ?? -1n)
    view.setInt16(at.producerEpoch, header.producerEpoch ?? -1)
    view.setInt32(at.baseSequence, header.baseSequence ?? -1)
    view.setInt32(at.count, this.records)
    view.setUint32(at.checksum, checksum(batch, at.attributes, batch.length))
    return batch
  }

  /** Gives the buffer back; the batch is not used any more. */
  release(): void {
    this.source.giveBack(this.bytes)
    this.bytes = noBytes
    this.text = null
  }

  /** Visits the appended records in order, with their timestamps. */
  each(visit: (record: RecordView, timestamp: number) => void): void {
    eachRecord(this.bytes, { at: at.records, end: this.at, count: this.records }, this.firstTimestamp, visit)
  }

  private wire(wire: Wire, length: number): void {
    if (wire === null) {
      this.varlong(-1)
      return
    }
    this.varlong(length)
    if (typeof wire === 'string') writeText(this.bytes, (this.text ??= textTarget(this.bytes)), this.at, wire, length)
    else this.bytes.set(wire, this.at)
    this.at += length
  }

  private varlong(value: number): void {
    let rest = value >= 0 ? value * 2 : -value * 2 - 1
    // Bitwise operators have 32 bits.
    while (rest >= 0x8000_0000) {
      this.bytes[this.at++] = (rest % 0x80) | 0x80
      rest = Math.floor(rest / 0x80)
    }
    while (rest >= 0x80) {
      this.bytes[this.at++] = (rest & 0x7f) | 0x80
      rest >>>= 7
    }
    this.bytes[this.at++] = rest
  }

  /** Makes room for this many bytes more; returns how many bytes the batch has grown. */
  reserve(more: number): number {
    const former = this.bytes.length
    if (this.at + more <= former) return 0
    const larger = this.source.take(Math.max(former * 2, this.at + more))
    larger.set(this.bytes.subarray(0, this.at))
    this.source.giveBack(this.bytes)
    this.bytes = larger
    this.view = new DataView(larger.buffer)
    this.text = null
    return larger.length - former
  }
}

const noBytes = new Uint8Array(0)

/** @param measured the bytes of a text, if known */
const wireLength = (wire: Wire, measured?: number): number =>
  wire === null ? 0 : typeof wire === 'string' ? (measured ?? textBytes(wire)) : wire.length

/** The size of a zigzag varint in bytes. */
const varlongSize = (value: number): number => {
  let rest = value >= 0 ? value * 2 : -value * 2 - 1
  let size = 1
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) size++
  return size
}

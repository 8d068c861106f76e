import type { AckTarget } from '../../model/acknowledgement.js'
import type { Bytes } from '../../model/bytes.js'
import { ConsumerRecord, type TimestampType } from '../../model/consumer-record.js'
import type { Header } from '../../model/header.js'
import { VarintReader } from './varint-reader.js'

/** What the records of a batch have in common. */
export interface BatchOfRecords {
  readonly topic: string
  readonly partition: number
  readonly baseOffset: bigint
  readonly timestampType: TimestampType
  readonly leaderEpoch: number
  readonly checksum: number
  /** the response, or the batch's records after decompression */
  readonly bytes: Uint8Array
}

/** A record as it came: a few numbers that say where it stands in the bytes. Everything else is made when it is asked for. */
export class FetchedRecord extends ConsumerRecord {
  private readonly batch: BatchOfRecords
  private readonly delta: number
  readonly timestamp: number
  private readonly keyAt: number
  private readonly keyLength: number
  private readonly valueAt: number
  private readonly valueLength: number

  constructor(
    acks: AckTarget,
    seq: number,
    batch: BatchOfRecords,
    delta: number,
    timestamp: number,
    keyAt: number,
    keyLength: number,
    valueAt: number,
    valueLength: number
  ) {
    super(acks, seq)
    this.batch = batch
    this.delta = delta
    this.timestamp = timestamp
    this.keyAt = keyAt
    this.keyLength = keyLength
    this.valueAt = valueAt
    this.valueLength = valueLength
  }

  get topic(): string {
    return this.batch.topic
  }
  get partition(): number {
    return this.batch.partition
  }
  get offset(): bigint {
    return this.batch.baseOffset + BigInt(this.delta)
  }
  get timestampType(): TimestampType {
    return this.batch.timestampType
  }
  get key(): Bytes {
    return this.keyLength < 0 ? null : this.batch.bytes.subarray(this.keyAt, this.keyAt + this.keyLength)
  }
  get value(): Bytes {
    return this.valueLength < 0 ? null : this.batch.bytes.subarray(this.valueAt, this.valueAt + this.valueLength)
  }
  get headers(): readonly Header[] {
    return readHeaders(this.batch.bytes, this.valueAt + Math.max(0, this.valueLength))
  }
  get checksum(): number {
    return this.batch.checksum
  }
  get leaderEpoch(): number {
    return this.batch.leaderEpoch
  }
  get source(): ConsumerRecord {
    return this
  }

  kept(): ConsumerRecord {
    const { acks, seq, batch, delta, timestamp, keyAt, keyLength, valueAt, valueLength } = this
    const end = endOfHeaders(batch.bytes, valueAt + Math.max(0, valueLength))
    // Not by `slice`: that of a Buffer, which the wire gives, is a view too.
    const own = { ...batch, bytes: new Uint8Array(batch.bytes.subarray(keyAt, end)) }
    return new FetchedRecord(acks, seq, own, delta, timestamp, 0, keyLength, valueAt - keyAt, valueLength)
  }
}

const endOfHeaders = (bytes: Uint8Array, at: number): number => {
  const reader = new VarintReader(bytes, at, bytes.length)
  const count = reader.varint()
  for (let index = 0; index < count && !reader.hasFailed(); index++) {
    reader.take(reader.varint())
    const valueLength = reader.varint()
    if (valueLength > 0) reader.take(valueLength)
  }
  return Math.min(reader.at, bytes.length)
}

const text = /*#__PURE__*/ new TextDecoder()

const readHeaders = (bytes: Uint8Array, at: number): readonly Header[] => {
  const reader = new VarintReader(bytes, at, bytes.length)
  const count = reader.varint()
  const headers: Header[] = []
  for (let index = 0; index < count && !reader.hasFailed(); index++) {
    const name = reader.take(reader.varint())
    const valueLength = reader.varint()
    const value = valueLength < 0 ? null : reader.take(valueLength)
    if (!reader.hasFailed()) headers.push({ name: text.decode(name), value })
  }
  return headers
}

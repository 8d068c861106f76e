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
  /** the base of its records' timestamps; under `LogAppendTime` the broker's time, which is that of all records */
  readonly baseTimestamp: number
  readonly timestampType: TimestampType
  readonly leaderEpoch: number
  readonly checksum: number
  /** reads the response, or the batch's records after decompression; shared, so that accessing a record creates none */
  readonly reader: VarintReader
}

/** A fetched record: three numbers that locate it in its batch. Each access creates the key, value, headers or offset. */
export class FetchedRecord extends ConsumerRecord {
  protected readonly acks: AckTarget
  protected readonly seq: number
  private readonly batch: BatchOfRecords
  private readonly offsetDelta: number
  private readonly timestampDelta: number
  /** the position of its key's length */
  private readonly at: number

  constructor(
    acks: AckTarget,
    seq: number,
    batch: BatchOfRecords,
    offsetDelta: number,
    timestampDelta: number,
    at: number
  ) {
    super()
    this.acks = acks
    this.seq = seq
    this.batch = batch
    this.offsetDelta = offsetDelta
    this.timestampDelta = timestampDelta
    this.at = at
  }

  get topic(): string {
    return this.batch.topic
  }
  get partition(): number {
    return this.batch.partition
  }
  get offset(): bigint {
    return this.batch.baseOffset + BigInt(this.offsetDelta)
  }
  get timestamp(): number {
    return this.batch.baseTimestamp + this.timestampDelta
  }
  get timestampType(): TimestampType {
    return this.batch.timestampType
  }
  get key(): Bytes {
    return this.reader().bytesOrNull()
  }
  get value(): Bytes {
    const reader = this.reader()
    reader.skipBytes()
    return reader.bytesOrNull()
  }
  get headers(): readonly Header[] {
    return readHeaders(this.readerBehindValue())
  }
  get checksum(): number {
    return this.batch.checksum
  }
  get leaderEpoch(): number {
    return this.batch.leaderEpoch
  }
  get deliveryCount(): number | null {
    return this.acks.originOf(this.seq)?.deliveryCount ?? null
  }
  get source(): ConsumerRecord {
    return this
  }

  detached(): ConsumerRecord {
    const { acks, seq, batch, offsetDelta, timestampDelta, at } = this
    const reader = this.readerBehindValue()
    skipHeaders(reader)
    // Not by `slice`: that of a Buffer, which comes from the wire, is a view too.
    const bytes = new Uint8Array(reader.bytes.subarray(at, Math.min(reader.at, reader.end)))
    const own = { ...batch, reader: new VarintReader(bytes, 0, bytes.length) }
    return new FetchedRecord(acks, seq, own, offsetDelta, timestampDelta, 0)
  }

  private reader(): VarintReader {
    const { reader } = this.batch
    reader.goTo(this.at)
    return reader
  }

  private readerBehindValue(): VarintReader {
    const reader = this.reader()
    reader.skipBytes()
    reader.skipBytes()
    return reader
  }
}

const skipHeaders = (reader: VarintReader): void => {
  const count = reader.varint()
  for (let index = 0; index < count && !reader.hasFailed(); index++) {
    reader.skipBytes()
    reader.skipBytes()
  }
}

// A byte order mark is a part of the name; by default a decoder removes it.
const text = /*#__PURE__*/ new TextDecoder('utf-8', { ignoreBOM: true })

const readHeaders = (reader: VarintReader): readonly Header[] => {
  const count = reader.varint()
  const headers: Header[] = []
  for (let index = 0; index < count && !reader.hasFailed(); index++) {
    const name = reader.take(reader.varint())
    const value = reader.bytesOrNull()
    if (!reader.hasFailed()) headers.push({ name: text.decode(name), value })
  }
  return headers
}

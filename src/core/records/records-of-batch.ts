import { VarintReader } from './varint-reader.js'

/** Where the records of a batch are, after decompression. */
export interface RecordRange {
  readonly bytes: Uint8Array
  readonly at: number
  readonly end: number
}

/**
 * Reads the records of one batch one after the other, and none of a batch that is inconsistent. Each record has to have exactly
 * the length that it states, and an offset behind that of the record before it and within the batch, and the number of records
 * has to match. Brokers check that for what producers send (`LogValidator`, `DefaultRecord.readFrom`); a checksum does not
 * reveal a broker or proxy that sends wrong data.
 *
 * All records are checked before the first is delivered: a batch that is wrong in one place may be wrong in others. After that
 * a record is found by its length alone, so both passes together cost little more than one.
 */
export class RecordsOfBatch {
  /** of the current record */
  delta = -1
  timestampDelta = 0
  /** the position of its key */
  at = 0
  /** why the batch cannot be read; null if it can */
  readonly failure: string | null
  private readonly reader: VarintReader
  private left: number

  constructor({ bytes, at, end }: RecordRange, count: number, lastDelta: number) {
    this.reader = new VarintReader(bytes, at, end)
    this.failure = failureOf(this.reader, count, lastDelta)
    this.left = this.failure === null ? count : 0
    this.reader.goTo(at)
  }

  /** Moves to the next record; false at the end. */
  next(): boolean {
    if (this.left === 0) return false
    this.left--
    const { reader } = this
    const length = reader.varint()
    const stop = reader.at + length
    reader.at++ // attributes, unused
    this.timestampDelta = reader.varlong()
    this.delta = reader.varint()
    this.at = reader.at
    reader.at = stop
    return true
  }
}

const failureOf = (reader: VarintReader, count: number, lastDelta: number): string | null => {
  let before = -1
  for (let left = count; left > 0; left--) {
    const length = reader.varint()
    const stop = reader.at + length
    reader.at++
    reader.skipVarint()
    const delta = reader.varint()
    reader.skipBytes()
    reader.skipBytes()
    const headers = reader.varint()
    if ((headers !== 0 && !skipsHeaders(reader, headers, stop)) || reader.hasFailed() || reader.at !== stop)
      return 'the fields of a record do not fill it, or there are fewer records than are counted'
    if (delta <= before || delta > lastDelta)
      return `an offset of ${String(delta)} within the batch, behind ${String(before)} of at most ${String(lastDelta)}`
    before = delta
  }
  return reader.at === reader.end ? null : 'it holds more records than its header counts'
}

/** Whether all headers are within the record. They are read later, on access, so that must not fail then. */
const skipsHeaders = (reader: VarintReader, count: number, stop: number): boolean => {
  for (let left = count; left > 0; left--) {
    const nameLength = reader.varint()
    // As in Java's client, a name is never null.
    if (nameLength < 0 || reader.at > stop) return false
    reader.at += nameLength
    reader.skipBytes()
  }
  return count >= 0
}

import { VarintReader } from './varint-reader.js'

/** Where the records of a batch are, once decompressed. */
export interface RecordRange {
  readonly bytes: Uint8Array
  readonly at: number
  readonly end: number
}

/**
 * Reads the records of one batch one after the other, and none that contradicts its batch: each has to fill the bytes that it
 * says it has, and to have an offset behind the one before it, within what the batch speaks of. Brokers check that of what
 * producers send (Kafka's `LogValidator`, `DefaultRecord.readFrom`); the checksum covers a broker, or a proxy, that lies.
 */
export class RecordsOfBatch {
  /** of the present record */
  delta = -1
  timestampDelta = 0
  /** where its key begins */
  at = 0
  /** why the batch cannot be read on; null if it can, or is over */
  failure: string | null = null
  private readonly reader: VarintReader
  private readonly lastDelta: number
  private left: number

  constructor({ bytes, at, end }: RecordRange, count: number, lastDelta: number) {
    this.reader = new VarintReader(bytes, at, end)
    this.lastDelta = lastDelta
    this.left = count
    if (count === 0 && at !== end) this.fail(moreThanCounted)
  }

  /** Moves to the next record. False at the end, and where `failure` says why. */
  next(): boolean {
    if (this.left === 0) return false
    this.left--
    const { reader } = this
    const length = reader.varint()
    const stop = reader.at + length
    reader.at++ // attributes, unused
    this.timestampDelta = reader.varlong()
    const delta = reader.varint()
    this.at = reader.at
    reader.skipBytes()
    reader.skipBytes()
    const headers = reader.varint()
    const areWhole = headers === 0 || this.skipHeaders(headers, stop)
    // In one place, with the reasons in another: a longer function would not be inlined, which costs a quarter of the record.
    if (
      !areWhole ||
      reader.hasFailed() ||
      reader.at !== stop ||
      delta <= this.delta ||
      delta > this.lastDelta ||
      (this.left === 0 && stop !== reader.end)
    )
      return this.refuse(areWhole, stop, delta)
    this.delta = delta
    return true
  }

  /** Whether all of them are within the record. They are read when somebody asks for them: by then nothing may be wrong. */
  private skipHeaders(count: number, stop: number): boolean {
    const { reader } = this
    for (let left = count; left > 0; left--) {
      const nameLength = reader.varint()
      // A name is never null, as in Java's client.
      if (nameLength < 0 || reader.at > stop) return false
      reader.at += nameLength
      reader.skipBytes()
    }
    return count >= 0
  }

  private refuse(areWhole: boolean, stop: number, delta: number): false {
    const { reader, lastDelta } = this
    if (!areWhole || reader.hasFailed() || reader.at !== stop)
      return this.fail('the fields of a record do not fill it, or there are fewer records than are counted')
    if (delta <= this.delta || delta > lastDelta)
      return this.fail(`an offset of ${String(delta)} within the batch, behind ${String(this.delta)} of at most ${String(lastDelta)}`) // prettier-ignore
    return this.fail(moreThanCounted)
  }

  private fail(reason: string): false {
    this.left = 0
    this.failure = reason
    return false
  }
}

const moreThanCounted = 'it holds more records than it counts'

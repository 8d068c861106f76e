import type { AckTarget } from '../../model/acknowledgement.js'
import type { ConsumerRecord } from '../../model/consumer-record.js'
import { type BatchOfRecords, FetchedRecord } from './fetched-record.js'
import type { RecordsOfBatch } from './records-of-batch.js'

/** Counts offsets without a record. */
export interface MissingOffsets {
  missing(from: bigint, to: bigint): void
}

/** The batch of a run that is being read, and how far. One object reads one batch after the other. */
export class CurrentBatch {
  private batch: BatchOfRecords | null = null
  private records: RecordsOfBatch | null = null
  /** records before this delta were not requested */
  private fromDelta = 0
  /** the delta of the next record if none is missing, and the last delta of the batch */
  private nextDelta = 0
  private lastDelta = -1
  /** the base for which `baseDelta` was computed in this batch */
  private startOf: { readonly base: bigint } | null = null
  private baseDelta = 0
  /** of the last record of the previous batch */
  private leftTimestamp: number | null = null

  /** Of the present record; -1 between two batches. */
  get leaderEpoch(): number {
    return this.batch === null ? -1 : this.batch.leaderEpoch
  }

  /** Of the present record, or of the last; null before the first. */
  get timestamp(): number | null {
    const { batch, records } = this
    return batch === null || records === null
      ? this.leftTimestamp
      : batch.baseTimestamp + this.sinceBase(batch, records)
  }

  /** Reads this batch, beginning with the record of this delta. */
  enter(batch: BatchOfRecords, records: RecordsOfBatch, fromDelta: number, lastDelta: number): void {
    this.batch = batch
    this.records = records
    this.fromDelta = fromDelta
    this.nextDelta = Math.max(0, fromDelta)
    this.lastDelta = lastDelta
    this.startOf = null
  }

  /** Moves to its next record; false at its end, or if there is no batch. */
  next(gaps: MissingOffsets): boolean {
    const { records } = this
    while (records?.next() === true) {
      const { delta } = records
      if (delta < this.fromDelta) continue
      if (delta > this.nextDelta) this.missing(gaps, delta)
      this.nextDelta = delta + 1
      return true
    }
    return false
  }

  /** Leaves the batch, without keeping any of it. Offsets that its header covers beyond its last record were compacted away. */
  leave(gaps: MissingOffsets): void {
    this.leftTimestamp = this.timestamp
    if (this.nextDelta <= this.lastDelta) this.missing(gaps, this.lastDelta + 1)
    this.records = null
    this.batch = null
    this.lastDelta = -1
    this.nextDelta = 0
  }

  /** The offset of the present record minus that of `start`, as a number. */
  offsetFrom(start: { readonly base: bigint }): number {
    // One subtraction of bigints for each batch, not for each record.
    if (start !== this.startOf) {
      this.startOf = start
      this.baseDelta = Number((this.batch as BatchOfRecords).baseOffset - start.base)
    }
    return this.baseDelta + (this.records as RecordsOfBatch).delta
  }

  record(acks: AckTarget, seq: number): ConsumerRecord {
    const batch = this.batch as BatchOfRecords
    const records = this.records as RecordsOfBatch
    return new FetchedRecord(acks, seq, batch, records.delta, this.sinceBase(batch, records), records.at)
  }

  private sinceBase({ timestampType }: BatchOfRecords, { timestampDelta }: RecordsOfBatch): number {
    return timestampType === 'LogAppendTime' ? 0 : timestampDelta
  }

  private missing(gaps: MissingOffsets, upTo: number): void {
    const { baseOffset } = this.batch as BatchOfRecords
    gaps.missing(baseOffset + BigInt(this.nextDelta), baseOffset + BigInt(upTo))
  }
}

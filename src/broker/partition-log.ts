import type { AbortedTransaction } from '../core/record-batch/aborted-transactions.js'
import { encodeBatch, encodeEndMarker, type RecordToEncode } from '../core/record-batch/encode-batch.js'

/** A batch as it lies in the log. Its records are kept beside the bytes for compaction and look-ups by time. */
interface LoggedBatch {
  readonly base: bigint
  readonly last: bigint
  readonly bytes: Uint8Array
  readonly records: readonly (RecordToEncode & { readonly offset: bigint })[]
  readonly producerId: bigint
  readonly control: boolean
}

/** A record in the log, for those who look at it directly. */
export type LoggedRecord = RecordToEncode & { readonly offset: bigint }

/** What a read gives: whole batches, as many as fit. */
export interface LogRead {
  readonly bytes: Uint8Array
  readonly aborted: readonly AbortedTransaction[]
}

/** The log of one partition: batches of records, with an end, a start that retention moves, and open transactions. */
export class PartitionLog {
  private batches: LoggedBatch[] = []
  private start = 0n
  private next = 0n
  private readonly open = new Map<bigint, bigint>()
  private readonly aborted: (AbortedTransaction & { readonly lastOffset: bigint })[] = []

  get logStart(): bigint {
    return this.start
  }
  /** The end of the log; with one replica it is the high watermark too. */
  get logEnd(): bigint {
    return this.next
  }
  /** The first offset of an open transaction, or the end. */
  get lastStable(): bigint {
    let stable = this.next
    for (const first of this.open.values()) if (first < stable) stable = first
    return stable
  }

  /** Appends one batch; gives the offset of its first record. */
  append(records: readonly RecordToEncode[], producerId = -1n): bigint {
    const base = this.next
    const transactional = producerId >= 0n
    if (transactional && !this.open.has(producerId)) this.open.set(producerId, base)
    const bytes = encodeBatch({ baseOffset: base, records, leaderEpoch: 0, producerId, transactional })
    this.push(
      base,
      records.map((record, index) => ({ ...record, offset: base + BigInt(index) })),
      bytes,
      producerId,
      false
    )
    return base
  }

  /** Ends a producer's transaction with a marker, which takes an offset of its own. */
  endTransaction(producerId: bigint, end: 'commit' | 'abort', now: number): void {
    const firstOffset = this.open.get(producerId)
    if (firstOffset === undefined) return
    const base = this.next
    if (end === 'abort') this.aborted.push({ producerId, firstOffset, lastOffset: base })
    this.open.delete(producerId)
    const marker = { timestamp: now, key: null, value: null, headers: [], offset: base }
    this.push(base, [marker], encodeEndMarker(base, now, producerId, 0, end), producerId, true)
  }

  /** Whole batches from the one that holds `offset`; the first even if it is larger than `maxBytes`. */
  read(offset: bigint, maxBytes: number, below: bigint): LogRead {
    const chosen: LoggedBatch[] = []
    let size = 0
    for (let index = this.indexOf(offset); index < this.batches.length; index++) {
      const batch = this.batches[index]
      if (batch === undefined || batch.base >= below) break
      if (chosen.length > 0 && size + batch.bytes.length > maxBytes) break
      chosen.push(batch)
      size += batch.bytes.length
    }
    const bytes = new Uint8Array(size)
    let at = 0
    for (const batch of chosen) {
      bytes.set(batch.bytes, at)
      at += batch.bytes.length
    }
    const last = chosen.at(-1)?.last ?? offset
    const aborted = this.aborted.filter((entry) => entry.lastOffset >= offset && entry.firstOffset <= last)
    return { bytes, aborted: aborted.map(({ producerId, firstOffset }) => ({ producerId, firstOffset })) }
  }

  /** The first record at or after the time, or null. */
  offsetAt(timestamp: number): bigint | null {
    for (const batch of this.batches) {
      if (batch.control) continue
      const found = batch.records.find((record) => record.timestamp >= timestamp && record.offset >= this.start)
      if (found !== undefined) return found.offset
    }
    return null
  }

  /** Retention: everything below is gone. */
  deleteBefore(offset: bigint): void {
    this.start = offset > this.next ? this.next : offset > this.start ? offset : this.start
    this.batches = this.batches.filter((batch) => batch.last >= this.start)
  }

  /** Log compaction: of each key only the last record stays; offsets stay what they were, so gaps appear. */
  compact(): void {
    const latest = new Map<string, bigint>()
    for (const { offset, key } of this.records()) if (key !== null) latest.set(key.join(), offset)
    this.batches = this.batches.map((batch) => {
      if (batch.control) return batch
      const kept = batch.records.filter(({ key, offset }) => key === null || latest.get(key.join()) === offset)
      if (kept.length === batch.records.length) return batch
      const bytes = encodeBatch({
        baseOffset: batch.base,
        lastOffsetDelta: Number(batch.last - batch.base),
        leaderEpoch: 0,
        producerId: batch.producerId,
        transactional: batch.producerId >= 0n,
        records: kept.map((record) => ({ ...record, offsetDelta: Number(record.offset - batch.base) }))
      })
      return { ...batch, records: kept, bytes }
    })
  }

  /** Everything in the log but markers, whatever became of its transaction. */
  records(): readonly LoggedRecord[] {
    return this.batches
      .filter((batch) => !batch.control)
      .flatMap((batch) => batch.records)
      .filter((record) => record.offset >= this.start)
  }

  private push(
    base: bigint,
    records: readonly LoggedRecord[],
    bytes: Uint8Array,
    producerId: bigint,
    control: boolean
  ): void {
    this.next = base + BigInt(records.length)
    this.batches.push({ base, last: this.next - 1n, bytes, records, producerId, control })
  }

  /** The batch that holds the offset, or the first behind it. */
  private indexOf(offset: bigint): number {
    let low = 0
    let high = this.batches.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.batches[middle]?.last ?? 0n) < offset) low = middle + 1
      else high = middle
    }
    return low
  }
}

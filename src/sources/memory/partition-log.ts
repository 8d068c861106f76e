import { errorCode } from '../../core/protocol/error-code.js'
import { bareAnswer, type BatchAnswer } from '../../core/producing/batch-answer.js'
import type { ProducerIdentity } from '../../core/producing/producer-batch.js'
import type { AbortedTransaction } from '../../core/records/aborted-transactions.js'
import { encodeBatch, encodeEndMarker, type RecordToEncode } from '../../core/records/encode-batch.js'
import { decodeBatch } from './decode-batch.js'
import { type LogRead, nothingRead } from './log-read.js'
import { type BatchOrigin, ProducerStates } from './producer-states.js'
import { type TopicRules, topicRules } from './topic-rules.js'
import { validateRecords } from './validate-records.js'

/** A batch in the log. Its records are kept beside the bytes for compaction and look-ups by time. */
interface LoggedBatch {
  readonly base: bigint
  readonly last: bigint
  readonly bytes: Uint8Array
  readonly records: readonly (RecordToEncode & { readonly offset: bigint })[]
  readonly leaderEpoch: number
  readonly origin: BatchOrigin
  readonly transactional: boolean
  readonly control: boolean
}

/** A record in the log, for tests. */
export type LoggedRecord = RecordToEncode & { readonly offset: bigint }

/** The name of the log, and its settings. */
export interface LogOptions {
  /** in Kafka's notation: `orders-0` */
  readonly name?: string
  readonly rules?: TopicRules
}

/** The log of one partition: batches of records, with an end, a start that retention moves, and open transactions. */
export class PartitionLog {
  private batches: LoggedBatch[] = []
  private start = 0n
  private next = 0n
  private epoch = 0
  private readonly open = new Map<bigint, bigint>()
  private aborted: readonly (AbortedTransaction & { readonly lastOffset: bigint })[] = []
  private readonly producers = new ProducerStates()
  private readonly name: string
  private rules: TopicRules

  constructor({ name = '', rules = topicRules({}) }: LogOptions = {}) {
    this.name = name
    this.rules = rules
  }

  /** Sets the rules for later records. */
  configure(rules: TopicRules): void {
    this.rules = rules
  }

  get logStart(): bigint {
    return this.start
  }
  /** The end of the log, which with one replica is the high watermark. */
  get logEnd(): bigint {
    return this.next
  }
  /** The number of leader elections. */
  get leaderEpoch(): number {
    return this.epoch
  }
  /** The first offset of an open transaction; without one the end. */
  get lastStable(): bigint {
    let stable = this.next
    for (const first of this.open.values()) if (first < stable) stable = first
    return stable
  }

  /** Appends one batch; returns the offset of its first record. Without records it appends nothing. */
  append(records: readonly RecordToEncode[], producerId = -1n): bigint {
    if (records.length === 0) return this.next
    const origin = { producerId, producerEpoch: -1, baseSequence: -1, count: records.length }
    return this.enter(records, origin, producerId >= 0n)
  }

  /**
   * Appends a batch of a producer if its checksum, records and sequence are valid. Calls `admits` for the first batch of a
   * transaction.
   */
  appendBatch(
    bytes: Uint8Array,
    admits: (producer: ProducerIdentity) => number = () => errorCode.NONE,
    now = 0
  ): BatchAnswer {
    const batch = decodeBatch(bytes)
    if (batch === null) return bareAnswer(errorCode.CORRUPT_MESSAGE)
    const { producerId, producerEpoch } = batch.origin
    const refused =
      batch.transactional && !this.open.has(producerId) ? admits({ producerId, epoch: producerEpoch }) : errorCode.NONE
    if (refused !== errorCode.NONE) return bareAnswer(refused)
    // Checked before the sequence, as in Kafka's `UnifiedLog.append`: a duplicate that is no longer valid is refused too.
    const invalid = validateRecords(batch.records, bytes.length, this.rules, { name: this.name, now })
    if (invalid !== null) return invalid
    const check = this.producers.check(batch.origin)
    switch (check._tag) {
      case 'refused':
        return bareAnswer(check.code)
      case 'duplicate':
        return bareAnswer(errorCode.NONE, check.baseOffset)
      case 'in sequence': {
        const records = this.rules.logAppendTime
          ? batch.records.map((record) => ({ ...record, timestamp: now }))
          : batch.records
        const base = this.enter(records, batch.origin, batch.transactional)
        this.producers.appended(batch.origin, base, false)
        return bareAnswer(errorCode.NONE, base)
      }
    }
  }

  /** Ends a producer's open transaction with a marker, which takes an offset of its own. */
  endTransaction(producerId: bigint, end: 'commit' | 'abort', now: number): void {
    if (this.open.has(producerId)) this.mark({ producerId, epoch: -1 }, end, now)
  }

  /** Appends the marker that ends a producer's transaction; from then on the producer writes under this epoch. */
  mark({ producerId, epoch }: ProducerIdentity, end: 'commit' | 'abort', now: number): void {
    const firstOffset = this.open.get(producerId)
    const base = this.next
    if (end === 'abort' && firstOffset !== undefined)
      this.aborted = [...this.aborted, { producerId, firstOffset, lastOffset: base }]
    this.open.delete(producerId)
    const marker = { timestamp: now, key: null, value: null, headers: [], offset: base }
    const bytes = encodeEndMarker({
      baseOffset: base,
      timestamp: now,
      producerId,
      producerEpoch: epoch,
      leaderEpoch: this.epoch,
      end
    })
    const origin = { producerId, producerEpoch: epoch, baseSequence: -1, count: 1 }
    this.push({ base, records: [marker], bytes, origin, transactional: true, control: true })
    this.producers.appended(origin, base, true)
  }

  /** Whole batches from the one that contains `offset` on; the first even if it exceeds `maxBytes`. */
  read(offset: bigint, maxBytes: number, below: bigint): LogRead {
    const from = this.indexOf(offset)
    // A member at the end of the log asks all the time.
    if (from >= this.batches.length && this.aborted.length === 0) return nothingRead
    const chosen: LoggedBatch[] = []
    let size = 0
    for (let index = from; index < this.batches.length; index++) {
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

  /** The last offset of the batch that contains the offset, or of the next batch. */
  lastOfBatch(offset: bigint): bigint {
    return this.batches[this.indexOf(offset)]?.last ?? offset
  }

  /** Whether the offset is that of a record whose transaction was aborted. */
  isAborted(offset: bigint): boolean {
    const { origin, transactional, control } = this.batches[this.indexOf(offset)] ?? {}
    if (origin === undefined || transactional !== true || control === true) return false
    return this.aborted.some(
      (one) => one.producerId === origin.producerId && one.firstOffset <= offset && offset <= one.lastOffset
    )
  }

  /** The first record at or after the timestamp; null if none. */
  offsetAt(timestamp: number): bigint | null {
    for (const batch of this.batches) {
      if (batch.control) continue
      const found = batch.records.find((record) => record.timestamp >= timestamp && record.offset >= this.start)
      if (found !== undefined) return found.offset
    }
    return null
  }

  /** Another replica becomes the leader. After an unclean election its log may end earlier. */
  electLeader(logEnd: bigint): void {
    this.epoch++
    if (logEnd >= this.next) return
    this.batches = this.batches.flatMap((batch) => this.cut(batch, logEnd))
    this.next = logEnd
    if (this.start > logEnd) this.start = logEnd
    // If only the marker was cut off, the transaction is open again.
    for (const { producerId, firstOffset, lastOffset } of this.aborted)
      if (lastOffset >= logEnd) this.open.set(producerId, firstOffset)
    this.aborted = this.aborted.filter(({ lastOffset }) => lastOffset < logEnd)
    for (const [producerId, first] of this.open) if (first >= logEnd) this.open.delete(producerId)
    this.producers.clear()
    for (const { origin, base, control } of this.batches) this.producers.appended(origin, base, control)
  }

  /** The leader's code for a client that knows another epoch; -1 is not checked. */
  refusalOf(known: number): number {
    if (known < 0 || known === this.leaderEpoch) return errorCode.NONE
    return known < this.leaderEpoch ? errorCode.FENCED_LEADER_EPOCH : errorCode.UNKNOWN_LEADER_EPOCH
  }

  /** The largest epoch up to the given one, and the offset behind its last record; null if this log has none. */
  endOfEpoch(epoch: number): { readonly leaderEpoch: number; readonly endOffset: bigint } | null {
    if (epoch === this.epoch) return { leaderEpoch: epoch, endOffset: this.next }
    if (epoch > this.epoch) return null
    const above = this.batches.find((batch) => batch.leaderEpoch > epoch)
    const below = this.batches.findLast((batch) => batch.leaderEpoch <= epoch)
    return { leaderEpoch: below?.leaderEpoch ?? epoch, endOffset: above?.base ?? this.next }
  }

  /** Retention: everything below the offset is deleted. */
  deleteBefore(offset: bigint): void {
    this.start = offset > this.next ? this.next : offset > this.start ? offset : this.start
    this.batches = this.batches.filter((batch) => batch.last >= this.start)
  }

  /** Log compaction: keeps the last record of each key. Offsets stay the same, so gaps appear. */
  compact(): void {
    const latest = new Map<string, bigint>()
    for (const { offset, key } of this.records()) if (key !== null) latest.set(key.join(), offset)
    this.batches = this.batches.map((batch) => {
      if (batch.control) return batch
      const kept = batch.records.filter(({ key, offset }) => key === null || latest.get(key.join()) === offset)
      if (kept.length === batch.records.length) return batch
      return this.rewritten(batch, kept, batch.last)
    })
  }

  /** All records in the log except markers, whatever the outcome of their transactions. */
  records(): readonly LoggedRecord[] {
    return this.batches
      .filter((batch) => !batch.control)
      .flatMap((batch) => batch.records)
      .filter((record) => record.offset >= this.start)
  }

  private cut(batch: LoggedBatch, logEnd: bigint): readonly LoggedBatch[] {
    if (batch.last < logEnd) return [batch]
    if (batch.base >= logEnd || batch.control) return []
    const kept = batch.records.filter(({ offset }) => offset < logEnd)
    return [this.rewritten(batch, kept, logEnd - 1n)]
  }

  private rewritten(batch: LoggedBatch, records: LoggedBatch['records'], last: bigint): LoggedBatch {
    const { base, leaderEpoch, transactional, origin } = batch
    const bytes = encodeBatch({
      ...origin,
      baseOffset: base,
      lastOffsetDelta: Number(last - base),
      leaderEpoch,
      transactional,
      records: records.map((record) => ({ ...record, offsetDelta: Number(record.offset - base) }))
    })
    return { ...batch, last, records, bytes }
  }

  private enter(records: readonly RecordToEncode[], origin: BatchOrigin, transactional: boolean): bigint {
    const base = this.next
    if (transactional && !this.open.has(origin.producerId)) this.open.set(origin.producerId, base)
    this.push({
      base,
      records: records.map((record, index) => ({ ...record, offset: base + BigInt(index) })),
      bytes: encodeBatch({ ...origin, baseOffset: base, records, leaderEpoch: this.epoch, transactional }),
      origin,
      transactional,
      control: false
    })
    return base
  }

  private push(batch: Omit<LoggedBatch, 'last' | 'leaderEpoch'>): void {
    this.next = batch.base + BigInt(batch.records.length)
    this.batches.push({ ...batch, last: this.next - 1n, leaderEpoch: this.epoch })
  }

  /** The index of the batch that contains the offset, or of the next one. */
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

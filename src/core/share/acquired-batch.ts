import type { FateOfOffsets, RecordFate } from '../../model/share-drain-report.js'
import type { TopicPartition } from '../../model/topic-partition.js'
import { type AcknowledgementBatch, acknowledgeType, type AcquiredOffsets } from './share-messages.js'

/** How a record is acknowledged. `gap`: the offset holds no record. */
export type Acknowledgement = 'accept' | 'release' | 'reject' | 'gap'

/** A partition of one topic, not of an earlier or later topic with the same name. */
export interface AcquiredPartition extends TopicPartition {
  readonly topicId: string
}

/** The stage of a record; the number of its acknowledgement type is added to it. */
const stage = { locked: 0, pending: 8, refused: 16, sent: 24, done: 32, lost: 40 } as const
const typeBits = 7
const types = { none: 0, accept: 1, release: 2, reject: 3, gap: 4 } as const
const fates: readonly RecordFate[] = ['lost', 'accept', 'release', 'reject']
/** acknowledgement types by their numbers here; 0 means no acknowledgement, so it cannot mean a gap */
const kafkaTypes: readonly number[] = [
  acknowledgeType.renew,
  acknowledgeType.accept,
  acknowledgeType.release,
  acknowledgeType.reject,
  acknowledgeType.gap
]

const lockedFor = (lockMs: number, from: number) => ({ deadline: from + lockMs, renewAt: from + (lockMs * 2) / 3 })

/**
 * The outcome of the acknowledgements in a request: they took effect (`done`), or their effect is unknown (`lost`), or the
 * broker refused all of them, perhaps because of one (`refused`), or it could not store them and has changed nothing (`again`).
 */
export type Answered = 'done' | 'lost' | 'refused' | 'again'

/**
 * Records that one answer has acquired with the same delivery count, at consecutive offsets of one partition. Each is locked,
 * then acknowledged: pending, sent, done. An acknowledgement that is refused together with others may be sent again. If a
 * record's lock is lost, its fate is unknown. Records are numbered from 0.
 */
export class AcquiredBatch {
  readonly place: AcquiredPartition
  /** the broker that granted the locks */
  readonly node: number
  readonly first: bigint
  readonly count: number
  readonly deliveryCount: number
  readonly acquiredAt: number
  private ends: { readonly deadline: number; readonly renewAt: number }
  private readonly states: Uint8Array
  private lockedCount: number
  private pendingCount = 0
  private refusedCount = 0
  private sentCount = 0

  constructor(place: AcquiredPartition, node: number, acquired: AcquiredOffsets, now: number, lockMs: number) {
    this.place = place
    this.node = node
    this.first = acquired.firstOffset
    this.count = Number(acquired.lastOffset - acquired.firstOffset) + 1
    this.deliveryCount = acquired.deliveryCount
    this.acquiredAt = now
    this.ends = lockedFor(lockMs, now)
    this.states = new Uint8Array(this.count)
    this.lockedCount = this.count
  }

  /** when its locks expire */
  get deadline(): number {
    return this.ends.deadline
  }
  /** when two thirds of the locks' duration are over */
  get renewAt(): number {
    return this.ends.renewAt
  }
  /** records without an acknowledgement */
  get locked(): number {
    return this.lockedCount
  }
  /** acknowledgements to send, for the first time or again */
  get pending(): number {
    return this.pendingCount + this.refusedCount
  }
  /** acknowledgements that were not sent yet */
  get unsent(): number {
    return this.pendingCount
  }
  /** acknowledgements without an answer */
  get sent(): number {
    return this.sentCount
  }
  /** Whether nothing is left to do. */
  get isDone(): boolean {
    return this.lockedCount === 0 && this.pending === 0 && this.sentCount === 0
  }

  isLocked(seq: number): boolean {
    return this.states[seq] === stage.locked
  }

  /** Whether the lock was lost before the record was acknowledged, or its acknowledgement was refused. */
  isLost(seq: number): boolean {
    return (this.states[seq] ?? 0) >= stage.lost
  }

  /** Whether handling the record is pointless: its lock is lost, or it was acknowledged as not handled. */
  isInVain(seq: number): boolean {
    const type = this.typeOf(seq)
    return this.isLost(seq) || type === types.release || type === types.reject
  }

  /** Whether the other batch has one of the same records. */
  overlaps({ first, count }: AcquiredBatch): boolean {
    const from = Math.max(0, Number(first - this.first))
    const to = Math.min(this.count, Number(first - this.first) + count)
    for (let seq = from; seq < to; seq++) if (this.stageOf(seq) < stage.sent) return true
    return false
  }

  /** The locks of records that are not acknowledged begin again. */
  renewed(at: number, lockMs: number): void {
    this.ends = lockedFor(lockMs, at)
  }

  /** A renewal was refused for now: the next one is due at that time. */
  renewsAgain(at: number): void {
    this.ends = { ...this.ends, renewAt: at }
  }

  /** The locks cannot be renewed. */
  runsOut(): void {
    this.ends = { ...this.ends, renewAt: Infinity }
  }

  /** False if the record is acknowledged already, or its lock is lost. */
  acknowledge(seq: number, as: Acknowledgement): boolean {
    if (!this.isLocked(seq)) return false
    this.states[seq] = stage.pending + types[as]
    this.lockedCount--
    this.pendingCount++
    return true
  }

  /** Acknowledges all locked records; returns how many there were. */
  acknowledgeRest(as: Acknowledgement): number {
    const { lockedCount } = this
    for (let seq = 0; this.lockedCount > 0 && seq < this.count; seq++) this.acknowledge(seq, as)
    return lockedCount
  }

  /** Takes the acknowledgements that were not sent yet, and marks them as sent. */
  take(): readonly AcknowledgementBatch[] {
    if (this.pendingCount === 0) return []
    const runs = this.send(stage.pending, 0, this.count)
    this.sentCount += this.pendingCount
    this.pendingCount = 0
    return runs
  }

  /** Takes the refused acknowledgements from `from` up to `to`, and marks them as sent. */
  takeRefused(from: number, to: number): readonly AcknowledgementBatch[] {
    const runs = this.send(stage.refused, from, to)
    const count = runs.reduce((sum, { firstOffset, lastOffset }) => sum + Number(lastOffset - firstOffset) + 1, 0)
    this.refusedCount -= count
    this.sentCount += count
    return runs
  }

  /** The numbers of the records whose acknowledgements are in flight. */
  sentRecords(): readonly number[] {
    return Array.from({ length: this.sentCount === 0 ? 0 : this.count }, (_, seq) => seq).filter(
      (seq) => this.stageOf(seq) === stage.sent
    )
  }

  /** Renewals for all records that are not acknowledged. */
  renewals(): readonly AcknowledgementBatch[] {
    return this.lockedCount === 0 ? [] : this.runs(stage.locked, 0, this.count)
  }

  /** The answer to the acknowledgements in flight. Returns how many records met each fate; gaps are not counted. */
  answered(how: Answered): Readonly<Record<RecordFate, number>> {
    const counts = { accept: 0, release: 0, reject: 0, lost: 0 }
    if (how === 'refused') this.refusedCount += this.sentCount
    if (how === 'again') this.pendingCount += this.sentCount
    for (let seq = 0; this.sentCount > 0 && seq < this.count; seq++) {
      if (this.stageOf(seq) !== stage.sent) continue
      this.move(seq, how === 'again' ? stage.pending : stage[how])
      const fate = this.fateOf(seq)
      if (fate !== null) counts[fate]++
    }
    this.sentCount = 0
    return counts
  }

  /** The locks of unacknowledged records and of acknowledgements not yet sent are lost. Returns how many. */
  lose(): number {
    let lost = 0
    for (let seq = 0; this.lockedCount + this.pending > 0 && seq < this.count; seq++) {
      const at = this.stageOf(seq)
      if (at !== stage.locked && at !== stage.pending && at !== stage.refused) continue
      this.move(seq, stage.lost)
      if (this.fateOf(seq) !== null) lost++
    }
    this.lockedCount = this.pendingCount = this.refusedCount = 0
    return lost
  }

  /** The known fates, in the order of the offsets. */
  fates(): readonly FateOfOffsets[] {
    const known: FateOfOffsets[] = []
    for (let seq = 0; seq < this.count; seq++) {
      const fate = this.fateOf(seq)
      if (fate === null) continue
      const offset = this.first + BigInt(seq)
      const last = known.at(-1)
      if (last?.fate === fate && last.last + 1n === offset) known[known.length - 1] = { ...last, last: offset }
      else known.push({ first: offset, last: offset, fate })
    }
    return known
  }

  /** null if it has none, and for an offset without a record */
  private fateOf(seq: number): RecordFate | null {
    const type = this.typeOf(seq)
    const at = this.stageOf(seq)
    if (type === types.gap || at < stage.done) return null
    return at === stage.lost ? 'lost' : (fates[type] ?? null)
  }

  private stageOf(seq: number): number {
    return (this.states[seq] ?? 0) & ~typeBits
  }

  private typeOf(seq: number): number {
    return (this.states[seq] ?? 0) & typeBits
  }

  private move(seq: number, to: number): void {
    this.states[seq] = to + this.typeOf(seq)
  }

  private send(of: number, from: number, to: number): readonly AcknowledgementBatch[] {
    const runs = this.runs(of, from, to)
    for (let seq = from; seq < to; seq++) if (this.stageOf(seq) === of) this.move(seq, stage.sent)
    return runs
  }

  /** Runs of consecutive records in a stage; a run of one type has a single type. */
  private runs(of: number, begin: number, end: number): readonly AcknowledgementBatch[] {
    const runs: AcknowledgementBatch[] = []
    let seq = begin
    while (seq < end) {
      const from = seq
      const run: number[] = []
      for (; seq < end && this.stageOf(seq) === of; seq++) run.push(kafkaTypes[this.typeOf(seq)] ?? 0)
      if (run.length === 0) {
        seq++
        continue
      }
      const isUniform = run.every((type) => type === run[0])
      runs.push({
        firstOffset: this.first + BigInt(from),
        lastOffset: this.first + BigInt(seq - 1),
        types: isUniform ? run.slice(0, 1) : run
      })
    }
    return runs
  }
}

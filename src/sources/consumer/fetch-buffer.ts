import type { TopicPartition } from '../../model/topic-partition.js'
import type { ConsumerSession } from '../../ports/consumer-session.js'
import type { RecordRun } from '../../model/record-run.js'

/** The bytes that all partitions have buffered. */
export interface BufferedBytes {
  bytes: number
}

/** A partition's fetched records that are not delivered yet, and how much more may be requested. */
export class FetchBuffer {
  private readonly partition: TopicPartition
  private readonly session: ConsumerSession
  private readonly share: () => number
  private readonly total: BufferedBytes
  private readonly queue: RecordRun[] = []
  private run: RecordRun | null = null
  private bytes = 0
  /** bytes of the current run that no longer count as buffered */
  private passedBytes = 0
  private end: bigint | null = null
  private timestamp: number | null = null
  /** the end of the log that was last reported as reached under this cursor */
  private reportedEnd: bigint | null = null

  constructor(partition: TopicPartition, session: ConsumerSession, share: () => number, total: BufferedBytes) {
    this.partition = partition
    this.session = session
    this.share = share
    this.total = total
  }

  /** The end of the log, as far as this consumer may read; null until it is known. */
  get logEnd(): bigint | null {
    return this.end
  }

  /**
   * Returns the end of the log once when the position reaches it. Null while the position is behind it, and after that until it
   * has been behind again.
   */
  endReached(position: bigint): bigint | null {
    if (this.end === null || position < this.end || position === this.reportedEnd) return null
    return (this.reportedEnd = position)
  }

  /** The timestamp of the last delivered record; null before the first. */
  get lastTimestamp(): number | null {
    return this.run?.timestamp ?? this.timestamp
  }

  get isEmpty(): boolean {
    return this.run === null && this.queue.length === 0
  }

  /** Whether the current run waits for memory. */
  get awaitsRoom(): boolean {
    return this.run?.awaitsRoom ?? false
  }

  /** Reads from this offset on, and drops buffered records. */
  fetchFrom(cursor: number, offset: bigint, leaderEpoch: number): void {
    this.drop()
    this.reportedEnd = null
    this.session.fetchFrom(this.partition, cursor, offset, leaderEpoch)
  }

  logEndsAt(offset: bigint): void {
    this.end = offset
  }

  push(run: RecordRun): void {
    this.queue.push(run)
    this.bytes += run.bytes
    this.total.bytes += run.bytes
  }

  /** The run whose records are being delivered. */
  current(): RecordRun | null {
    return (this.run ??= this.queue.shift() ?? null)
  }

  /** Records of the current run have been delivered. */
  delivered(): void {
    if (this.run !== null) this.passed(this.run.passedBytes)
  }

  /** The current run is finished. */
  finish(): void {
    const bytes = this.run?.bytes ?? 0
    this.timestamp = this.lastTimestamp
    this.bytes -= bytes
    this.passed(bytes)
    this.passedBytes = 0
    this.run = null
  }

  /** Requests more if wanted and if there is room: the partition's share, and as much again while that is delivered. */
  demand(wanted: boolean): void {
    const share = this.share()
    this.session.demand(this.partition, wanted ? Math.max(0, Math.min(share, 2 * share - this.bytes)) : 0)
  }

  stop(): void {
    this.drop()
    this.session.demand(this.partition, 0)
  }

  private drop(): void {
    this.queue.length = 0
    this.run = null
    this.total.bytes -= this.bytes - this.passedBytes
    this.bytes = this.passedBytes = 0
  }

  private passed(bytes: number): void {
    this.total.bytes -= bytes - this.passedBytes
    this.passedBytes = bytes
  }
}

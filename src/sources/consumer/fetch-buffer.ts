import type { PartitionLifecycle } from '../../core/partition/partition-lifecycle.js'
import type { RecordRun } from '../../model/record-run.js'
import type { FetchedRecords } from '../../ports/consumer-session.js'
import type { PumpedDelivery } from './delivery-pump.js'
import { OpenTransaction } from './open-transaction.js'
import type { PartitionContext } from './partition-context.js'

/** The parts of a run that a buffer uses. */
type FetchBufferContext = Pick<
  PartitionContext<never>,
  'clock' | 'report' | 'session' | 'settings' | 'share' | 'buffered' | 'pump'
>

/** A partition's fetched records that are not delivered yet, and how much more may be requested. */
export class FetchBuffer {
  readonly transaction: OpenTransaction
  private readonly delivery: PumpedDelivery
  private readonly life: PartitionLifecycle
  private readonly context: FetchBufferContext
  private readonly queue: RecordRun[] = []
  private run: RecordRun | null = null
  private bytes = 0
  /** bytes of the current run that no longer count as buffered */
  private passedBytes = 0
  private end: bigint | null = null
  private timestamp: number | null = null
  /** the end of the log that was last reported as reached under this cursor */
  private reportedEnd: bigint | null = null

  /** `delivery` takes its records out; the lifecycle says which are wanted. */
  constructor(delivery: PumpedDelivery, life: PartitionLifecycle, context: FetchBufferContext) {
    this.delivery = delivery
    this.life = life
    this.context = context
    this.transaction = new OpenTransaction(delivery, {
      clock: context.clock,
      report: context.report,
      isHeldUpAt: (offset) => life.mayDeliver && this.isEmpty && life.reading.position === offset
    })
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
    this.context.session.fetchFrom(this.delivery, cursor, offset, leaderEpoch)
  }

  /** Keeps the records, if their cursor is still the present one; they are delivered on a later turn. */
  receive({ run, cursor, highWatermark, lastStableOffset }: FetchedRecords): void {
    if (!this.life.accepts(cursor)) return
    const { settings, pump } = this.context
    const isCommitted = settings.isolation === 'read_committed'
    this.logEndsAt(isCommitted ? lastStableOffset : highWatermark)
    if (isCommitted) this.transaction.seen(lastStableOffset, highWatermark)
    this.push(run)
    this.demand()
    pump.schedule(this.delivery)
  }

  logEndsAt(offset: bigint): void {
    this.end = offset
  }

  push(run: RecordRun): void {
    this.queue.push(run)
    this.bytes += run.bytes
    this.context.buffered.bytes += run.bytes
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

  /** Requests more if it may be delivered and there is room: its share, and as much again while that is delivered. */
  demand(): void {
    const { session } = this.context
    const share = this.context.share()
    session.demand(this.delivery, this.life.mayDeliver ? Math.max(0, Math.min(share, 2 * share - this.bytes)) : 0)
  }

  stop(): void {
    this.drop()
    this.context.session.demand(this.delivery, 0)
  }

  private drop(): void {
    this.transaction.stop()
    this.queue.length = 0
    this.run = null
    this.context.buffered.bytes -= this.bytes - this.passedBytes
    this.bytes = this.passedBytes = 0
  }

  private passed(bytes: number): void {
    this.context.buffered.bytes -= bytes - this.passedBytes
    this.passedBytes = bytes
  }
}

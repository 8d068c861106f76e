import { Observable, type ObservableInput, type Subscriber, Subscription } from 'rxjs'
import { Fifo } from '../../core/scheduling/fifo.js'
import { type PipelineHooks, pipelineHooksOf } from '../../internal/pipeline-hooks.js'
import { pipelineOf } from '../../internal/pipeline-of.js'
import type { AckOrigin } from '../../model/acknowledgement.js'
import { type Carried, firstOriginOf, hold, isStale, release, settle, visitOrigins } from '../../model/carried.js'
import type { ConsumerRecord } from '../../model/consumer-record.js'
import type { GroupMember } from '../../model/group-member.js'
import type { PartitionStream } from '../../model/partition-stream.js'
import type { TransactionOffset } from '../../ports/transaction-session.js'
import { AdmittedRecords } from './admitted-records.js'

/** Receives the reports of a partition in transactions. */
export interface PartitionHost {
  /** Records wait for admission to a transaction. */
  arrived(): void
  /** A record of the open transaction is settled. */
  settled(): void
  /** Waiting records have to be committed soon: the partition is being drained, or has no credit. */
  due(): void
  /** The partition has ended, and all its records in the transaction, if any, are stale. */
  left(partition: TransactedPartition): void
  failed(error: unknown): void
}

/** A partition whose records are handled in transactions: its waiting records, and those in the open transaction. */
export class TransactedPartition {
  private readonly stream: PartitionStream
  private readonly hooks: PipelineHooks | undefined
  private readonly project: (partition: PartitionStream) => ObservableInput<Carried<unknown>>
  private readonly host: PartitionHost
  private readonly waiting = new Fifo<ConsumerRecord>()
  private readonly flushes = new Map<AckOrigin, () => void>()
  private readonly intake = new Subscription()
  private readonly admitted: AdmittedRecords
  private pipeline: { readonly input: Subscriber<ConsumerRecord> | null; readonly whole: Subscription } | null = null
  private state: 'reading' | 'read' | 'over' = 'reading'

  constructor(
    stream: PartitionStream,
    project: (partition: PartitionStream) => ObservableInput<Carried<unknown>>,
    host: PartitionHost
  ) {
    this.stream = stream
    this.hooks = pipelineHooksOf(stream)
    this.project = project
    this.host = host
    this.admitted = new AdmittedRecords(() => {
      this.host.settled()
    })
  }

  start(): void {
    this.hooks?.attached()
    this.stream.signal.addEventListener('abort', this.lost)
    this.intake.add(() => {
      this.stream.signal.removeEventListener('abort', this.lost)
    })
    this.intake.add(
      this.stream.subscribe({
        next: (record) => {
          hold(record)
          this.waiting.push(record)
          const origin = firstOriginOf(record)
          if (origin !== null && !this.flushes.has(origin)) this.listen(origin)
          this.host.arrived()
        },
        error: (error: unknown) => {
          this.host.failed(error)
        },
        complete: () => {
          if (this.state === 'reading') this.state = 'read'
          this.host.due()
          this.finishIfDone()
        }
      })
    )
  }

  get isEmpty(): boolean {
    return this.waiting.length === 0
  }
  get isOver(): boolean {
    return this.state === 'over'
  }
  get isInTransaction(): boolean {
    return this.admitted.records.length > 0
  }
  /** Whether all its records in the transaction are settled; stale ones never are. */
  get isSettled(): boolean {
    return this.admitted.isSettled
  }
  /**
   * Whether its records in the transaction are stale: the partition was lost, or sought elsewhere, or its pipeline has ended
   * without them.
   */
  get isDoomed(): boolean {
    return this.admitted.isStale || (this.state === 'over' && this.admitted.unsettled > 0)
  }
  get autoCommits(): boolean {
    return this.hooks?.autoCommits === true
  }
  get member(): GroupMember | null {
    return this.hooks?.member ?? null
  }
  /** That of its first record. */
  get origin(): AckOrigin | null {
    const first = this.admitted.records[0] ?? this.waiting.peek()
    return first === undefined ? null : firstOriginOf(first)
  }

  /** The offset to commit after its records in the transaction. */
  get offset(): TransactionOffset | null {
    const last = this.admitted.records.at(-1)
    if (last === undefined) return null
    const { topic, partition, offset, leaderEpoch } = last
    return { topic, partition, offset: offset + 1n, leaderEpoch, metadata: '' }
  }

  /** Admits one record to the transaction; false if none waits. */
  admit(): boolean {
    const record = this.waiting.shift()
    if (record === undefined || this.state === 'over') return false
    if (isStale(record)) {
      release(record)
      return true
    }
    const admitted = this.admitted.admit(record)
    const { input } = this.pipeline ?? this.open()
    input?.next(admitted)
    return true
  }

  /** Makes the pipeline's operators flush the records that they collect. */
  flush(): void {
    this.admitted.flush()
  }

  committed(): void {
    for (const record of this.admitted.take()) {
      settle(record)
      release(record)
    }
    this.finishIfDone()
  }

  /** The transaction is aborted: its records wait for the next one, and the pipeline starts again. */
  rollBack(): void {
    this.close()
    for (const record of [...this.admitted.take()].reverse())
      if (this.state === 'over' || isStale(record)) release(record)
      else this.waiting.putBack(record)
    this.finishIfDone()
  }

  /** Releases all records. */
  stop(): void {
    if (this.state === 'over' && !this.isInTransaction) return
    this.takeNoMore()
    for (const record of this.admitted.take()) release(record)
    this.hooks?.ended()
  }

  private readonly lost = (): void => {
    this.end()
  }

  /** No more records arrive. Those in the transaction stay there until it has ended. */
  private end(): void {
    if (this.state === 'over') return
    this.takeNoMore()
    this.hooks?.ended()
    this.host.left(this)
  }

  /** Releases the waiting records. */
  private takeNoMore(): void {
    this.state = 'over'
    this.intake.unsubscribe()
    this.close()
    for (const stop of this.flushes.values()) stop()
    this.flushes.clear()
    for (let next = this.waiting.shift(); next !== undefined; next = this.waiting.shift()) release(next)
  }

  private finishIfDone(): void {
    if (this.state !== 'read' || !this.isEmpty || this.isInTransaction) return
    const input = this.pipeline?.input ?? null
    if (input === null) this.end()
    else input.complete()
  }

  private listen(origin: AckOrigin): void {
    // An ended epoch has nothing to flush.
    for (const stop of this.flushes.values()) stop()
    this.flushes.clear()
    this.flushes.set(
      origin,
      origin.onFlush(() => {
        this.host.due()
      })
    )
  }

  /** The user's pipeline, with a new subscription. */
  private open(): { readonly input: Subscriber<ConsumerRecord> | null; readonly whole: Subscription } {
    const whole = new Subscription()
    const opened: { input: Subscriber<ConsumerRecord> | null; readonly whole: Subscription } = { input: null, whole }
    this.pipeline = opened
    const { topic, partition, signal } = this.stream
    const records = new Observable<ConsumerRecord>((subscriber) => {
      opened.input = subscriber
      subscriber.add(() => {
        if (opened.input === subscriber) opened.input = null
      })
    })
    const stream = Object.assign(records, { topic, partition, key: { topic, partition }, signal })
    const isCurrent = (): boolean => this.pipeline === opened
    try {
      whole.add(
        pipelineOf('transactional', this.project(stream)).subscribe({
          next: (emitted) => {
            visitOrigins(emitted, (origin, seq) => {
              origin.settle(seq)
            })
          },
          error: (error: unknown) => {
            if (isCurrent()) this.host.failed(error)
          },
          complete: () => {
            if (isCurrent()) this.end()
          }
        })
      )
    } catch (error) {
      this.host.failed(error)
    }
    return opened
  }

  private close(): void {
    const { pipeline } = this
    this.pipeline = null
    pipeline?.whole.unsubscribe()
  }
}

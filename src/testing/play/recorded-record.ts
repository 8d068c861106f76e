import type { AckOrigin, AckTarget, Unhandled } from '../../model/acknowledgement.js'
import {
  noteAttempt,
  noteRetry,
  firstOriginOf,
  hold,
  isStale,
  pass,
  refuse,
  release,
  setParked,
  settle,
  visitOrigins
} from '../../model/carried.js'
import type { ConsumerRecord } from '../../model/consumer-record.js'
import { operatorId } from '../../model/operator-name.js'

/** Receives the events of a record on its way through a pipeline. */
export interface RecordWatcher {
  settled(record: ConsumerRecord): void
  /** An attempt has failed, and another one follows. */
  failed(cause: unknown): void
  /** An attempt begins. */
  begins(record: ConsumerRecord): void
  /** An attempt has ended. Call the returned function with the outcome, which is known only later. */
  ends(record: ConsumerRecord): (outcome: AttemptOutcome) => void
}

/** How an attempt has ended. */
export type AttemptOutcome = 'succeeded' | 'failed' | 'abandoned'

/** What an operator does with a record, and since when; or until when, while the record waits for its next attempt. */
export type RecordWork =
  { readonly is: 'handled'; readonly since: number } | { readonly is: 'backing off'; readonly until: number }

/** Operators that process records in attempts. */
const inAttempts: ReadonlySet<number> = new Set((['handle', 'writeTo'] as const).map(operatorId))

/** Wraps the acknowledgement of one record to record it. */
export class RecordedAck implements AckTarget {
  readonly record: ConsumerRecord
  private readonly watcher: RecordWatcher
  private settledOnce = false
  private holds = 0
  private justEnded: ((outcome: AttemptOutcome) => void) | null = null
  private doing: RecordWork | null = null

  constructor(record: ConsumerRecord, watcher: RecordWatcher) {
    this.record = record
    this.watcher = watcher
  }

  /** Whether an operator still holds it. */
  get isHeld(): boolean {
    return this.holds > 0
  }
  get isSettled(): boolean {
    return this.settledOnce
  }

  /** Null if no operator handles it, and no attempt is to come. */
  get work(): RecordWork | null {
    return this.doing
  }

  settle(): void {
    const first = !this.settledOnce && !isStale(this.record)
    if (first) {
      this.settledOnce = true
      this.watcher.settled(this.record)
    }
    settle(this.record)
  }
  refuse(_seq: number, as: Unhandled): boolean {
    return refuse(this.record, as)
  }
  hold(): void {
    this.holds++
    hold(this.record)
  }
  release(): void {
    this.holds--
    release(this.record)
  }
  park(_seq: number, parked: boolean): void {
    setParked(this.record, parked)
  }
  attempt(_seq: number, begins: boolean): void {
    this.doing = begins ? { is: 'handled', since: this.now() } : null
    if (begins) {
      this.justEnded = null
      this.watcher.begins(this.record)
    } else {
      this.justEnded = this.watcher.ends(this.record)
      this.justEnded(isStale(this.record) ? 'abandoned' : 'failed')
    }
    noteAttempt(this.record, begins)
  }
  retryScheduled(_seq: number, forMs: number, cause?: unknown): void {
    this.watcher.failed(cause)
    this.doing = { is: 'backing off', until: this.now() + forMs }
    noteRetry(this.record, forMs, cause)
  }
  pass(_seq: number, operator: number): void {
    // An attempt within a handler's call is not reported; it becomes visible when the record is passed on.
    if (this.justEnded === null && inAttempts.has(operator)) {
      this.watcher.begins(this.record)
      this.justEnded = this.watcher.ends(this.record)
    }
    this.justEnded?.('succeeded')
    this.justEnded = null
    pass(this.record, operator)
  }
  visit(_seq: number, each: (origin: AckOrigin, seq: number) => void): void {
    visitOrigins(this.record, each)
  }
  originOf(): AckOrigin | null {
    return firstOriginOf(this.record)
  }
  isStale(): boolean {
    return isStale(this.record)
  }

  private now(): number {
    return firstOriginOf(this.record)?.clock.now() ?? 0
  }
}

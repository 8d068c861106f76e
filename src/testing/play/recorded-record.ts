import type { AckOrigin, AckTarget, Unhandled } from '../../model/acknowledgement.js'
import {
  noteAttempt,
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

/** Receives what happens to a record on its way through a pipeline. */
export interface RecordWatcher {
  settled(record: ConsumerRecord): void
  /** An attempt begins. */
  begins(record: ConsumerRecord): void
  /** An attempt has ended; gives how to say that it has succeeded, which is known only afterwards. */
  ends(record: ConsumerRecord): (outcome: AttemptOutcome) => void
}

/** How an attempt has ended. */
export type AttemptOutcome = 'succeeded' | 'failed' | 'abandoned'

/** Operators that work on records in attempts. */
const inAttempts: ReadonlySet<number> = new Set((['handle', 'writeTo'] as const).map(operatorId))

/** The acknowledgement of one record, looked at as it passes. */
export class RecordedAck implements AckTarget {
  readonly record: ConsumerRecord
  private readonly watcher: RecordWatcher
  private settledOnce = false
  private holds = 0
  private justEnded: ((outcome: AttemptOutcome) => void) | null = null

  constructor(record: ConsumerRecord, watcher: RecordWatcher) {
    this.record = record
    this.watcher = watcher
  }

  /** Some operator still keeps it or works on it. */
  get isHeld(): boolean {
    return this.holds > 0
  }
  get isSettled(): boolean {
    return this.settledOnce
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
    if (begins) {
      this.justEnded = null
      this.watcher.begins(this.record)
    } else {
      this.justEnded = this.watcher.ends(this.record)
      this.justEnded(isStale(this.record) ? 'abandoned' : 'failed')
    }
    noteAttempt(this.record, begins)
  }
  pass(_seq: number, operator: number): void {
    // What a handler does within the call is no attempt to anybody else: it is seen only when its record is passed on.
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
}

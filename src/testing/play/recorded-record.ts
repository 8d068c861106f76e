import type { AckOrigin, AckTarget } from '../../model/acknowledgement.js'
import {
  attempt,
  firstOriginOf,
  hold,
  isStale,
  pass,
  release,
  setParked,
  settle,
  visitOrigins
} from '../../model/carried.js'
import type { ConsumerRecord } from '../../model/consumer-record.js'

/** What is told of one record on its way through a pipeline. */
export interface RecordWatcher {
  settled(record: ConsumerRecord): void
  attempt(record: ConsumerRecord, begins: boolean): void
}

/** The acknowledgement of one record, looked at as it passes. */
export class RecordedAck implements AckTarget {
  readonly record: ConsumerRecord
  private readonly watcher: RecordWatcher
  private settledOnce = false
  private holds = 0

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
    this.watcher.attempt(this.record, begins)
    attempt(this.record, begins)
  }
  pass(_seq: number, operator: number): void {
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

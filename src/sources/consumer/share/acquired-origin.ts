import { EMPTY, throwError } from 'rxjs'
import type { AckOrigin, CommitHandle, Unhandled } from '../../../model/acknowledgement.js'
import type { Clock } from '../../../model/clock.js'
import { ConsumerError } from '../../../model/consumer-error.js'
import type { ConsumerEvent } from '../../../model/consumer-event.js'
import { noOffsets } from '../../../model/shared.js'
import type { Acknowledgement, AcquiredBatch } from '../../../ports/share-session.js'

/** Receives the reports of a batch's records. */
export interface AcquiredHost {
  readonly groupId: string
  readonly clock: Clock
  acknowledge(batch: AcquiredBatch, seq: number, as: Acknowledgement): void
  report(event: ConsumerEvent): void
  /** An operator holds one record more, or one less. */
  held(change: 1 | -1): void
  /** Calls `run` when operators should flush the records that they collect. Returns a function that withdraws it. */
  onFlush(run: () => void): () => void
}

/**
 * Where the records of one acquired batch are acknowledged, each on its own. There is no credit: a record counts as in flight
 * until it is acknowledged. Holds are counted only to know whether an operator is still busy.
 */
export class AcquiredOrigin implements AckOrigin {
  readonly batch: AcquiredBatch
  private readonly host: AcquiredHost
  private readonly abortController = new AbortController()

  constructor(batch: AcquiredBatch, host: AcquiredHost) {
    this.batch = batch
    this.host = host
  }

  get topic(): string {
    return this.batch.place.topic
  }
  get partition(): number {
    return this.batch.place.partition
  }
  get groupId(): string {
    return this.host.groupId
  }
  get clock(): Clock {
    return this.host.clock
  }
  get deliveryCount(): number {
    return this.batch.deliveryCount
  }
  get signal(): AbortSignal {
    return this.abortController.signal
  }

  settle(seq: number): void {
    this.host.acknowledge(this.batch, seq, 'accept')
  }
  refuse(seq: number, as: Unhandled): boolean {
    this.host.acknowledge(this.batch, seq, as)
    return true
  }
  hold(): void {
    this.host.held(1)
  }
  release(): void {
    this.host.held(-1)
  }
  park(): void {
    return undefined
  }
  attempt(): void {
    return undefined
  }
  pass(): void {
    return undefined
  }
  visit(seq: number, each: (origin: AckOrigin, seq: number) => void): void {
    each(this, seq)
  }
  originOf(): AckOrigin {
    return this
  }
  isStale(seq: number): boolean {
    return this.batch.isInVain(seq)
  }
  isSettled(seq: number): boolean {
    return !this.batch.isLocked(seq)
  }
  reads(): boolean {
    return true
  }
  heldUp(): void {
    // Nothing to report: a share group has no positions. Locks are renewed for `max.poll.interval.ms` at most, so records must
    // not wait long.
  }
  /** A share group has no position to return to. */
  postpone(): boolean {
    return false
  }
  report(event: ConsumerEvent): void {
    this.host.report(event)
  }
  commitBy(): CommitHandle {
    const error = new ConsumerError({ _tag: 'UsageFault', reason: noOffsets })
    return { stored: throwError(() => error), flush: () => EMPTY }
  }
  onFlush(run: () => void): () => void {
    return this.host.onFlush(run)
  }
  /** Each record is acknowledged when its work is done; no assignment ends. */
  beforeEnd(): () => void {
    return () => undefined
  }
  get isTransacted(): boolean {
    return false
  }

  /** Work on the batch's records has become pointless. */
  abort(): void {
    this.abortController.abort()
  }
}

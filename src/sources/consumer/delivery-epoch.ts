import { AsyncSubject, takeUntil } from 'rxjs'
import type { LeaderEpochs } from '../../core/fetching/leader-epochs.js'
import type { Ledger } from '../../core/partition/ledger.js'
import { Flushes } from '../../internal/flushes.js'
import type { AckOrigin, CommitHandle, CommitPolicy } from '../../model/acknowledgement.js'
import type { Clock } from '../../model/clock.js'
import type { ConsumerEvent } from '../../model/consumer-event.js'
import type { TopicPartition } from '../../model/topic-partition.js'
import type { LastWork, LastTask } from './last-work.js'

/** Receives the reports of an epoch. */
export interface EpochHost extends TopicPartition {
  readonly groupId: string | null
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Whether the consumer's subscription has this topic. */
  reads(topic: string): boolean
  settled(epoch: DeliveryEpoch): void
  /** A hold has ended: credit may be available again. */
  released(epoch: DeliveryEpoch): void
  /** A handler progressed after the epoch ended, and no attempt is running any more. */
  cameToRest(epoch: DeliveryEpoch): void
  report(event: ConsumerEvent): void
  /** Stops deliveries. They begin again with this record after `inMs`, when earlier records are settled. */
  postpone(epoch: DeliveryEpoch, seq: number, inMs: number): void
  readonly commits: {
    commitBy(policy: CommitPolicy): CommitHandle
    readonly lastWork: Pick<LastWork, 'add'>
  }
}

/**
 * One unbroken run of deliveries of a partition: from an assignment, a re-subscription or a seek to the next of these. Records
 * refer to their epoch; when it has ended, their acknowledgements have no effect.
 */
export class DeliveryEpoch implements AckOrigin {
  readonly ledger: Ledger
  readonly leaderEpochs: LeaderEpochs
  private readonly host: EpochHost
  private readonly flushes = new Flushes()
  private readonly whenOver = new AsyncSubject<void>()
  private over = false
  private running = 0
  private movements = 0
  private heldBy: string | null = null

  constructor(host: EpochHost, ledger: Ledger, leaderEpochs: LeaderEpochs) {
    this.host = host
    this.ledger = ledger
    this.leaderEpochs = leaderEpochs
  }

  get topic(): string {
    return this.host.topic
  }
  get partition(): number {
    return this.host.partition
  }
  get groupId(): string | null {
    return this.host.groupId
  }
  get deliveryCount(): null {
    return null
  }
  get clock(): Clock {
    return this.host.clock
  }
  get signal(): AbortSignal {
    return this.host.signal
  }
  get ended(): boolean {
    return this.over
  }

  reads(topic: string): boolean {
    return this.host.reads(topic)
  }

  /** Running attempts of handlers. */
  get attempts(): number {
    return this.running
  }
  /** What keeps records from being processed, as reported by an operator; null if nothing does. */
  get heldUpBy(): string | null {
    return this.heldBy
  }
  /** Increases with each settlement, and with each beginning and end of an attempt. */
  get moves(): number {
    return this.movements
  }

  settle(seq: number): void {
    this.moved()
    if (!this.over && this.ledger.settle(seq)) this.host.settled(this)
  }

  refuse(): boolean {
    return false
  }

  /** Acknowledges every delivered record below the offset. */
  settleBelow(offset: bigint): void {
    const { ledger } = this
    for (let seq = ledger.firstUnsettled; seq < ledger.delivered && ledger.offsetOf(seq) < offset; seq++)
      this.settle(seq)
  }

  hold(seq: number): void {
    if (!this.over) this.ledger.hold(seq)
  }

  release(seq: number): void {
    if (this.over) return
    this.ledger.release(seq)
    this.host.released(this)
  }

  park(seq: number, parked: boolean): void {
    if (this.over) return
    if (parked) this.ledger.park(seq)
    else this.ledger.unpark(seq)
    this.host.released(this)
  }

  attempt(_seq: number, begins: boolean): void {
    this.running += begins ? 1 : -1
    this.moved()
  }

  pass(seq: number, operator: number): void {
    if (!this.over) this.ledger.pass(seq, operator)
  }

  visit(seq: number, each: (origin: AckOrigin, seq: number) => void): void {
    each(this, seq)
  }

  originOf(): AckOrigin {
    return this
  }

  isSettled(seq: number): boolean {
    return this.ledger.isSettled(seq)
  }

  isStale(): boolean {
    return this.over
  }

  commitBy(policy: CommitPolicy): CommitHandle {
    const handle = this.host.commits.commitBy(policy)
    // The assignment may continue in another epoch, with its own handles: operators forget those of this one, and the epoch.
    return { stored: handle.stored.pipe(takeUntil(this.whenOver)), flush: () => handle.flush() }
  }

  report(event: ConsumerEvent): void {
    this.host.report(event)
  }

  heldUp(by: string | null): void {
    // A reported wait does not count as a stall, so its end counts as progress.
    if (by === null && this.heldBy !== null) this.moved()
    this.heldBy = by
  }

  postpone(seq: number, inMs: number): boolean {
    if (this.over) return true
    // The record is not swallowed: no drain waits for it, and its credit is back.
    this.ledger.hold(seq)
    this.ledger.park(seq)
    this.host.postpone(this, seq, inMs)
    return true
  }

  onFlush(run: () => void): () => void {
    return this.flushes.add(run)
  }

  beforeEnd(task: LastTask): () => void {
    return this.host.commits.lastWork.add(task)
  }

  get isTransacted(): boolean {
    return false
  }

  /** Makes operators flush the records that they collect. */
  flush(): void {
    this.flushes.flush()
  }

  end(): void {
    this.over = true
    this.flushes.clear()
    this.whenOver.next()
    this.whenOver.complete()
  }

  private moved(): void {
    this.movements++
    if (this.over && this.running === 0) this.host.cameToRest(this)
  }
}

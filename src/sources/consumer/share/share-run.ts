import type { Subscriber } from 'rxjs'
import type { ShareConsumerSettings } from '../../../config/share-consumer-config.js'
import type { AcknowledgementEvent } from '../../../model/acknowledgement-event.js'
import { afterAcknowledging } from '../../../model/acknowledge-together.js'
import type { Clock } from '../../../model/clock.js'
import { ConsumerError } from '../../../model/consumer-error.js'
import type { ConsumerEvent } from '../../../model/consumer-event.js'
import type { ConsumerRecord } from '../../../model/consumer-record.js'
import type { Fault } from '../../../model/fault.js'
import { jsonReport } from '../../../model/json-report.js'
import type { ShareDrainReport } from '../../../model/share-drain-report.js'
import type { ShareStatus } from '../../../model/share-status.js'
import type { Shared } from '../../../model/shared.js'
import type { TopicPartition } from '../../../model/topic-partition.js'
import type { Cluster } from '../../../ports/cluster.js'
import type {
  Acknowledgement,
  AcquiredBatch,
  AcquiredRun,
  LockLoss,
  ShareSession
} from '../../../ports/share-session.js'
import { DeliveryPump } from '../delivery-pump.js'
import { ScheduledTasks } from '../scheduled-tasks.js'
import { Stopwatch } from './stopwatch.js'
import { type AcquiredHost, AcquiredOrigin } from './acquired-origin.js'
import { RunEnd } from './run-end.js'
import { ShareDelivery, type ShareDeliveryHost } from './share-delivery.js'
import { type SharePipelineHost, SharePipelineState } from './share-pipeline-state.js'
import { fatesOf } from './share-report.js'

/** How long an unsubscription waits for the brokers. */
export const closeWithinMs = 5_000

/** Receives the reports of a run. */
export interface ShareOutlets {
  event(event: ConsumerEvent): void
  acknowledged(event: AcknowledgementEvent): void
  delivered(): void
  lost(records: number): void
}

export interface ShareRunOptions {
  readonly cluster: Cluster
  readonly settings: ShareConsumerSettings
  readonly outlets: ShareOutlets
}

/** One subscription of a share consumer, from joining to having left. */
export class ShareRun implements AcquiredHost, ShareDeliveryHost, SharePipelineHost {
  partitions: readonly TopicPartition[] = []
  private readonly options: ShareRunOptions
  private readonly subscriber: Subscriber<ConsumerRecord & Shared>
  private readonly session: ShareSession
  private readonly deliveries = new Set<ShareDelivery>()
  private readonly pump: DeliveryPump
  private readonly later: ScheduledTasks
  /** the batches that are not done; when the run ends, all batches at that time */
  private readonly origins = new Map<AcquiredBatch, AcquiredOrigin>()
  private readonly end: RunEnd
  private readonly pipeline: SharePipelineState
  private readonly full: Stopwatch

  /** @param ends the downstream operators that acknowledge records */
  constructor(
    options: ShareRunOptions,
    subscriber: Subscriber<ConsumerRecord & Shared>,
    ends: readonly Subscriber<unknown>[]
  ) {
    const { cluster, settings, outlets } = options
    this.options = options
    this.subscriber = subscriber
    this.later = new ScheduledTasks(cluster.clock)
    this.end = new RunEnd(cluster.clock)
    this.pipeline = new SharePipelineState(this, ends)
    this.full = new Stopwatch(cluster.clock)
    this.pump = new DeliveryPump(cluster.clock, settings.maxPollRecords, () => undefined)
    this.session = cluster.openShareConsumer(settings, {
      assigned: (partitions) => {
        this.partitions = partitions
      },
      acquired: (acquired) => {
        this.acquired(acquired)
      },
      acknowledged: (event) => {
        outlets.acknowledged(event)
        this.noteFull()
        this.sweep()
      },
      locksLost: (batch, records, reason) => {
        this.locksLost(batch, records, reason)
      },
      event: (event) => {
        outlets.event(event)
      },
      fault: (fault) => {
        this.failed(fault)
      }
    })
  }

  get groupId(): string {
    return this.options.settings.groupId
  }
  get clock(): Clock {
    return this.options.cluster.clock
  }
  get phase(): RunEnd['phase'] {
    return this.end.phase
  }
  get isEnded(): boolean {
    return this.phase === 'ended'
  }
  /** Whether the run is ending or has ended. */
  get isLeaving(): boolean {
    return this.phase !== 'running'
  }
  get member(): ShareSession['member'] {
    return this.session.member
  }
  get lag(): ShareStatus['lag'] {
    return this.session.lag()
  }
  get inFlight(): number {
    return this.session.locked
  }
  get fullMs(): number {
    return this.full.ms
  }
  get isStuckFull(): boolean {
    return this.session.isFull && !this.pump.isBusy
  }
  get oldestBatch(): AcquiredBatch | null {
    // In the order of acquisition.
    for (const batch of this.origins.keys()) if (batch.locked > 0) return batch
    return null
  }
  /** The record that has been in flight longest. */
  get oldest(): ShareStatus['oldest'] {
    const { oldestBatch: batch } = this
    if (batch === null) return null
    let seq = 0
    while (!batch.isLocked(seq)) seq++
    const { place, first, acquiredAt } = batch
    const offset = String(first + BigInt(seq))
    return { topic: place.topic, partition: place.partition, offset, ageMs: this.clock.now() - acquiredAt }
  }

  /** Calls back with the report when the run has left; at once if it has. */
  onEnd(run: (report: ShareDrainReport) => void): void {
    this.end.onEnd(run)
  }

  /** Stops acquiring, and waits until everything is acknowledged. */
  drain(timeoutMs: number): void {
    this.end.by(timeoutMs, () => {
      this.leave('deadline')
    })
    if (this.phase !== 'running') return
    this.end.phase = 'draining'
    this.session.stop()
    for (const delivery of [...this.deliveries]) delivery.stop()
    // Not within a delivery: an operator that completes while it passes a record on would swallow that record.
    this.later.nextTurn(() => {
      this.end.isCompleting = true
      this.subscriber.complete()
      this.leaveIfDone()
    })
  }

  unsubscribed(): void {
    if (this.phase === 'running' || (this.phase === 'draining' && !this.end.isCompleting)) this.close(closeWithinMs)
  }

  /** Releases records that are not acknowledged, and leaves. */
  close(timeoutMs: number): void {
    this.end.by(timeoutMs, () => {
      this.over()
    })
    this.leave('aborted')
  }

  acknowledge(batch: AcquiredBatch, seq: number, as: Acknowledgement): void {
    this.session.acknowledge(batch, seq, as)
    if (this.phase === 'draining') afterAcknowledging(this.leaveIfDone)
  }

  deliver(record: ConsumerRecord): void {
    this.options.outlets.delivered()
    // `Shared` exists for the compiler only.
    this.subscriber.next(record as ConsumerRecord & Shared)
  }

  lastsUntil(batch: AcquiredBatch): number {
    return this.session.lastsUntil(batch)
  }

  pipelineEnded(): void {
    // On a later turn, when operators have released their holds.
    if (this.phase === 'draining') this.later.nextTurn(this.leaveIfDone)
  }

  after(ms: number, run: () => void): void {
    this.later.after(ms, run)
  }

  delivered(delivery: ShareDelivery): void {
    this.deliveries.delete(delivery)
  }

  report(event: ConsumerEvent): void {
    this.options.outlets.event(event)
  }

  held(change: 1 | -1): void {
    this.pipeline.held += change
    if (change < 0 && this.phase === 'draining' && this.pipeline.isOver) this.later.nextTurn(this.leaveIfDone)
  }

  onFlush(run: () => void): () => void {
    return this.pipeline.onFlush(run)
  }

  private acquired(acquired: AcquiredRun): void {
    const origins = acquired.batches.map((batch) => {
      const origin = new AcquiredOrigin(batch, this)
      this.origins.set(batch, origin)
      return origin
    })
    const delivery = new ShareDelivery(this, acquired, origins)
    this.deliveries.add(delivery)
    this.pump.schedule(delivery)
    this.noteFull()
    this.pipeline.acquired()
  }

  private noteFull(): void {
    this.full.note(this.session.isFull && this.session.locked > 0)
  }

  private locksLost(batch: AcquiredBatch, records: number, reason: LockLoss): void {
    const { topic, partition } = batch.place
    this.options.outlets.lost(records)
    this.options.outlets.event({ _tag: 'locks lost', topic, partition, offset: batch.first, records, reason })
    this.origins.get(batch)?.abort()
    this.sweep()
    this.leaveIfDone()
  }

  /** Forgets batches that are done; a run that is ending reports on them. */
  private sweep(): void {
    if (this.phase !== 'running') return
    for (const batch of this.origins.keys()) if (batch.isDone) this.origins.delete(batch)
  }

  private readonly leaveIfDone = (): void => {
    if (this.phase !== 'draining' || !this.subscriber.closed) return
    if (this.session.locked === 0) this.leave('drained')
    else if (this.pipeline.isOver) this.leave('aborted')
  }

  private leave(outcome: ShareDrainReport['outcome']): void {
    if (this.phase === 'leaving' || this.phase === 'ended') return
    this.end.phase = 'leaving'
    this.end.outcome = outcome
    for (const delivery of [...this.deliveries]) delivery.stop()
    for (const [batch, origin] of this.origins) if (batch.locked > 0) origin.abort()
    this.end.leaving = this.session.leave().subscribe(() => {
      this.over()
    })
  }

  private failed(fault: Fault): void {
    if (this.phase === 'ended') return
    this.end.outcome = 'aborted'
    this.end.error = new ConsumerError(fault)
    for (const origin of this.origins.values()) origin.abort()
    this.over()
  }

  private over(): void {
    if (this.phase === 'ended') return
    this.end.leaving?.unsubscribe()
    for (const delivery of [...this.deliveries]) delivery.stop()
    this.pump.stop()
    this.later.cancel()
    // The outcome is not `drained` if the brokers have not answered the last acknowledgements.
    if (this.end.outcome === 'drained' && ![...this.origins.keys()].every(({ isDone }) => isDone))
      this.end.outcome = 'deadline'
    const report = jsonReport({ outcome: this.end.outcome, partitions: fatesOf(this.origins.keys()) })
    const { error } = this.end
    if (error !== null)
      this.options.outlets.event({ _tag: 'stopped', cause: error, report: { outcome: 'aborted', partitions: [] } })
    this.end.over(report)
    if (error === null) this.subscriber.complete()
    else this.subscriber.error(error)
  }
}

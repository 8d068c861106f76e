import type { Subscriber } from 'rxjs'
import { type CreditLimits, creditOf } from '../../core/partition/credit.js'
import { PartitionMemory } from '../../core/partition/in-flight-memory.js'
import type { PartitionEffect } from '../../core/partition/partition-messages.js'
import type { PartitionLifecycle } from '../../core/partition/partition-lifecycle.js'
import type { ConsumerRecord } from '../../model/consumer-record.js'
import type { RecordRun, UnreadableFault } from '../../model/record-run.js'
import { DeliveryEpoch, type EpochHost } from './delivery-epoch.js'
import type { PumpedDelivery } from './delivery-pump.js'
import { FetchBuffer } from './fetch-buffer.js'
import type { PartitionContext } from './partition-context.js'
import type { PartitionWatch } from './partition-watch.js'

/** The partition whose records are delivered. */
export interface DeliveryHost extends EpochHost {
  /** The position moved over offsets without records, and no record is left to settle them. */
  passedOver(): void
  /** The log cannot be read any further. */
  unreadable(fault: UnreadableFault): void
  /** A turn is over in which the partition ends: that may have been the last record. */
  deliveredWhileDraining(): void
}

/**
 * Delivers a partition's fetched records: checks credit and memory for the next one, and enters it in the ledger. The lifecycle
 * decides whether the partition delivers at all.
 */
export class PartitionDelivery implements PumpedDelivery {
  readonly buffer: FetchBuffer
  private readonly host: DeliveryHost
  private readonly life: PartitionLifecycle
  private readonly context: Pick<PartitionContext<never>, 'clock' | 'settings' | 'pump'>
  private readonly watch: PartitionWatch
  private readonly memory: PartitionMemory
  private subscriber: Subscriber<ConsumerRecord> | null = null
  private present: DeliveryEpoch | null = null
  private blocked = false
  private creditLimits: CreditLimits
  /** The stream has to complete after the record that is being delivered. */
  private completing = false

  constructor(host: DeliveryHost, life: PartitionLifecycle, watch: PartitionWatch, context: PartitionContext<never>) {
    this.host = host
    this.life = life
    this.watch = watch
    this.context = context
    this.creditLimits = context.settings
    this.memory = new PartitionMemory(context.memory)
    this.buffer = new FetchBuffer(this, life, context)
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

  /** The current or last epoch; null while the start position is unknown. */
  get epoch(): DeliveryEpoch | null {
    return this.present
  }
  /** Whether it waits for credit or memory. */
  get isBlocked(): boolean {
    return this.blocked
  }
  get limits(): CreditLimits {
    return this.creditLimits
  }
  get awaitsRoom(): boolean {
    return this.buffer.awaitsRoom
  }
  /** Whether another call of `deliver` may have work. */
  get hasWork(): boolean {
    return this.life.mayDeliver && !this.blocked && !this.buffer.isEmpty
  }

  limitInFlight(records: number): void {
    const { maxInFlight, maxUncommitted } = this.context.settings
    this.creditLimits = { maxInFlight: Math.min(records, maxInFlight), maxUncommitted }
  }

  subscribed(subscriber: Subscriber<ConsumerRecord>): void {
    this.subscriber = subscriber
    this.watch.began()
  }

  /** Returns whether this was the current subscriber. */
  unsubscribed(subscriber: Subscriber<ConsumerRecord>): boolean {
    if (this.subscriber !== subscriber) return false
    this.subscriber = null
    this.memory.left()
    this.watch.unblocked()
    return true
  }

  perform(effect: DeliveryEffect): void {
    switch (effect._tag) {
      case 'begin epoch':
        this.beginEpoch()
        break
      case 'fetch from':
        this.buffer.fetchFrom(effect.cursor, effect.offset, effect.leaderEpoch)
        break
      case 'demand':
        this.buffer.demand()
        break
      case 'deliver':
        this.context.pump.schedule(this)
        break
      case 'stop fetching':
        this.buffer.stop()
        if (!this.life.isLive) this.watch.stop()
        break
      case 'complete':
        this.complete()
        break
      case 'flush':
        this.present?.flush()
        break
    }
  }

  /** Before the last commit: names the record that stops it, if an operator has swallowed one. */
  reportSwallowed(): void {
    if (this.present !== null && this.life.pipeline.hasRunOut) this.watch.ranOut(this.present)
  }

  /** Earlier deliveries do not count any more; the next position is being looked up. */
  leaveOff(): void {
    if (this.present !== null) this.watch.began()
    this.endEpoch()
    this.present = null
    this.blocked = false
    this.buffer.stop()
  }

  endEpoch(): void {
    this.present?.end()
    this.memory.begin(null)
  }

  /** Delivers at most `limit` records, adds them to `traced` if given, and returns how many. */
  deliver(limit: number, traced: ConsumerRecord[] | null): number {
    const { life, buffer, context, memory, limits } = this
    const { settings } = context
    const now = context.clock.now()
    let delivered = 0
    while (delivered < limit && life.mayDeliver) {
      const { present: epoch } = this
      if (epoch === null) break
      if (creditOf(limits, epoch.ledger) !== 'available') {
        this.block(epoch)
        break
      }
      const run = buffer.current()
      if (run === null) break
      if (!run.advance(memory)) {
        if (run.awaitsRoom) {
          this.waitForRoom(epoch)
          break
        }
        this.runEnded(run, epoch)
        continue
      }
      const seq = epoch.ledger.deliver(run.offsetFrom(epoch.ledger), now)
      epoch.leaderEpochs.entered(seq, run.recordEpoch)
      delivered++
      const record = run.record(epoch, seq)
      traced?.push(record)
      this.handOver(record)
    }
    buffer.delivered()
    if (settings.tellsEnds && life.isLive) this.tellEnd()
    // A handler that ran within may have ended the partition, so that nothing is left to watch.
    if (delivered > 0 && this.present !== null && life.isLive) this.watch.delivered(this.present)
    if (life.isDraining) this.host.deliveredWhileDraining()
    return delivered
  }

  settled(epoch: DeliveryEpoch): void {
    if (epoch.ledger.overtaking > 0) this.watch.overtaken(epoch)
    this.released(epoch)
  }

  /** A hold has ended: credit may be available again. */
  released(epoch: DeliveryEpoch): void {
    this.memory.released()
    // A partition that waits for memory waits for its turn among the others.
    if (!this.blocked || this.awaitsRoom || creditOf(this.limits, epoch.ledger) !== 'available') return
    this.unblock()
  }

  /** Deliveries are entered in the lifecycle's new ledger from now on. */
  private beginEpoch(): void {
    const { ledger, leaderEpochs } = this.life.reading
    if (ledger === null || leaderEpochs === null) return
    this.present?.end()
    this.present = new DeliveryEpoch(this.host, ledger, leaderEpochs)
    this.memory.begin(ledger)
    this.blocked = false
    this.watch.began()
  }

  /** Not while a record is passed on: an rxjs operator that completes meanwhile would swallow that record. */
  private complete(): void {
    if (this.life.pipeline.isHandingOver) this.completing = true
    else this.subscriber?.complete()
  }

  private handOver(record: ConsumerRecord): void {
    const { pipeline } = this.life
    pipeline.isHandingOver = true
    this.subscriber?.next(record)
    pipeline.isHandingOver = false
    if (!this.completing) return
    this.completing = false
    this.subscriber?.complete()
  }

  private runEnded(run: RecordRun, epoch: DeliveryEpoch): void {
    this.buffer.finish()
    this.memory.left()
    const { topic, partition } = this.host
    if (run.gap !== null) this.host.report({ _tag: 'gap', topic, partition, ...run.gap, cause: 'compaction' })
    if (run.fault !== null) {
      this.host.unreadable(run.fault)
      return
    }
    // Markers and compacted offsets follow the last record: no record is left to settle them, so their commit is due.
    if (epoch.ledger.advanceTo(run.nextOffset) && epoch.ledger.unsettled === 0) this.host.passedOver()
    this.buffer.demand()
  }

  private tellEnd(): void {
    const { topic, partition } = this.host
    const offset = this.present === null ? null : this.buffer.endReached(this.present.ledger.position)
    if (offset !== null) this.host.report({ _tag: 'end reached', topic, partition, offset })
  }

  private block(epoch: DeliveryEpoch): void {
    if (this.blocked) return
    this.blocked = true
    this.watch.blocked(epoch)
  }

  private unblock(): void {
    this.blocked = false
    this.watch.unblocked()
    this.context.pump.schedule(this)
  }

  /** Only a partition with records in flight can release memory itself, so only that is watched as blocked. */
  private waitForRoom(epoch: DeliveryEpoch): void {
    // Waits before `block`, within which records may be released.
    this.memory.wait(() => {
      if (epoch === this.present && this.blocked) this.unblock()
    })
    if (epoch.ledger.inFlight > 0) this.block(epoch)
    else this.blocked = true
  }
}

type DeliveryEffect = PartitionEffect & {
  readonly _tag: 'begin epoch' | 'fetch from' | 'demand' | 'deliver' | 'stop fetching' | 'complete' | 'flush'
}

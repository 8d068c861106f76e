import type { ConsumerRecord } from '../../../model/consumer-record.js'
import type { ConsumerEvent } from '../../../model/consumer-event.js'
import type { Acknowledgement, AcquiredBatch, AcquiredRun } from '../../../ports/share-session.js'
import type { PumpedDelivery } from '../delivery-pump.js'
import type { AcquiredOrigin } from './acquired-origin.js'

/** How long unreadable records are kept locked after their first delivery; twice as long after each further one. */
const firstPauseMs = 1_000

/** The run that receives the records. */
export interface ShareDeliveryHost {
  readonly groupId: string
  deliver(record: ConsumerRecord): void
  /** Calls `run` later, unless the consumer ends before. */
  after(ms: number, run: () => void): void
  acknowledge(batch: AcquiredBatch, seq: number, as: Acknowledgement): void
  report(event: ConsumerEvent): void
  /** All records of the flow are delivered. */
  delivered(delivery: ShareDelivery): void
}

/**
 * Delivers the records of a partition that one answer has acquired, in the order of their offsets. Acquired offsets without a
 * record (compacted, or transaction markers) are acknowledged as gaps.
 */
export class ShareDelivery implements PumpedDelivery {
  readonly topic: string
  readonly partition: number
  readonly groupId: string
  private readonly host: ShareDeliveryHost
  private readonly acquired: AcquiredRun
  private readonly origins: readonly AcquiredOrigin[]
  private readonly start: { readonly base: bigint }
  /** the origin of the next record, and its number there */
  private index = 0
  private next = 0
  private over = false
  /** the remaining records are released later */
  private isPausing = false

  constructor(host: ShareDeliveryHost, acquired: AcquiredRun, origins: readonly AcquiredOrigin[]) {
    this.topic = acquired.run.topic
    this.partition = acquired.run.partition
    this.groupId = host.groupId
    this.host = host
    this.acquired = acquired
    this.origins = origins
    this.start = { base: acquired.batches[0]?.first ?? 0n }
  }

  get hasWork(): boolean {
    return !this.over && !this.isPausing
  }

  /** Stops delivering, and releases records that were not delivered. */
  stop(): void {
    if (!this.over) this.giveUp('release')
  }

  /** Delivers at most `limit` records, adds them to `traced` if given, and returns how many. */
  deliver(limit: number, traced: ConsumerRecord[] | null): number {
    const { run } = this.acquired
    let delivered = 0
    while (delivered < limit && this.hasWork) {
      if (!run.advance()) {
        this.ended()
        break
      }
      const origin = this.originAt(run.offsetFrom(this.start))
      if (origin === null) continue
      const seq = this.next++
      // The record's lock may have expired while it waited.
      if (!origin.batch.isLocked(seq)) continue
      delivered++
      const record = run.record(origin, seq)
      traced?.push(record)
      this.host.deliver(record)
    }
    return delivered
  }

  /** The origin of the record at this offset (relative to the first acquired one); null if it was not acquired. */
  private originAt(offset: number): AcquiredOrigin | null {
    for (;;) {
      const origin = this.origins[this.index]
      if (origin === undefined) return null
      const seq = offset - Number(origin.batch.first - this.start.base)
      if (seq < 0) return null
      this.passOver(origin, Math.min(seq, origin.batch.count), 'gap')
      if (seq < origin.batch.count) return origin
      this.index++
      this.next = 0
    }
  }

  private passOver(origin: AcquiredOrigin, to: number, as: Acknowledgement): void {
    for (; this.next < to; this.next++) this.host.acknowledge(origin.batch, this.next, as)
  }

  private ended(): void {
    const { fault, topic, partition } = this.acquired.run
    if (fault !== null) this.host.report({ _tag: 'unreadable', topic, partition, offset: fault.offset, fault })
    // As in Java's client, a corrupt batch is given up permanently. For other faults, another member may have the codec, or
    // more memory.
    if (fault === null) this.giveUp('gap')
    else if (fault._tag === 'CorruptBatchFault') this.giveUp('reject')
    else this.releaseLater()
  }

  /**
   * This member may get the records again: without a pause their delivery count would run out before another member gets them.
   */
  private releaseLater(): void {
    const deliveryCount = this.origins[this.index]?.batch.deliveryCount ?? 1
    this.isPausing = true
    this.host.after(firstPauseMs * 2 ** Math.min(deliveryCount - 1, 4), () => {
      this.stop()
    })
  }

  private giveUp(as: Acknowledgement): void {
    this.over = true
    for (; this.index < this.origins.length; this.index++, this.next = 0) {
      const origin = this.origins[this.index]
      if (origin !== undefined) this.passOver(origin, origin.batch.count, as)
    }
    this.host.delivered(this)
  }
}

import { clockCheckMs } from '../../core/scheduling/clock-check-ms.js'
import type { Cancel, Clock } from '../../model/clock.js'
import type { DeliveryEpoch } from './delivery-epoch.js'

/** The partition that is postponed. */
export interface PostponedPartition {
  readonly clock: Clock
  /** Nothing is fetched any more, and what was fetched is dropped. */
  stopFetching(): void
  /** Deliveries begin again at the first unsettled record. */
  continue(): void
}

/** How often operators are asked to flush while earlier records are unsettled. */
const flushEveryMs = 100

/**
 * Waits until a record is due, without keeping it in memory: the partition is not read meanwhile. Reading continues there when
 * the record is due and every earlier record is settled.
 */
export class Postponement {
  private readonly partition: PostponedPartition
  private waiting: { readonly epoch: DeliveryEpoch; timer: Cancel } | null = null
  private first = 0
  private isDue = false
  private flushing: Cancel | null = null

  constructor(partition: PostponedPartition) {
    this.partition = partition
  }

  /** @param seq the record that is not due; later records of the epoch wait with it */
  begin(epoch: DeliveryEpoch, seq: number, inMs: number): void {
    if (this.waiting?.epoch === epoch) {
      this.first = Math.min(this.first, seq)
      return
    }
    this.end()
    this.first = seq
    this.waiting = { epoch, timer: () => undefined }
    this.await(epoch, this.partition.clock.wallTime() + inMs)
    this.partition.stopFetching()
    this.partition.clock.turn(() => {
      if (!epoch.ended) this.flush(epoch)
    })
  }

  private await(epoch: DeliveryEpoch, due: number): void {
    const { clock } = this.partition
    if (this.waiting === null) return
    this.waiting.timer = clock.schedule(Math.min(Math.max(0, due - clock.wallTime()), clockCheckMs), () => {
      this.isDue = due <= clock.wallTime()
      if (this.isDue) this.look(epoch)
      else this.await(epoch, due)
    })
  }

  look(epoch: DeliveryEpoch): void {
    if (!this.isDue || this.waiting?.epoch !== epoch || epoch.ledger.firstUnsettled < this.first) return
    this.end()
    if (!epoch.ended) this.partition.continue()
  }

  /** The epoch has ended. */
  end(): void {
    this.waiting?.timer()
    this.waiting = null
    this.isDue = false
    this.flushing?.()
    this.flushing = null
  }

  /** Earlier records that operators collect would never be settled, since no others follow: flush them. */
  private flush(epoch: DeliveryEpoch): void {
    epoch.flush()
    if (this.waiting?.epoch !== epoch || epoch.ledger.firstUnsettled >= this.first) return
    this.flushing?.()
    this.flushing = this.partition.clock.schedule(flushEveryMs, () => {
      this.flush(epoch)
    })
  }
}

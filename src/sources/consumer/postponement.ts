import { clockCheckMs } from '../../core/scheduling/clock-check-ms.js'
import type { Cancel, Clock } from '../../model/clock.js'
import type { DeliveryEpoch } from './delivery-epoch.js'

/** The partition that stops and continues. */
export interface PostponedPartition {
  readonly clock: Clock
  /** Nothing is fetched any more, and what was fetched is dropped. */
  stopFetching(): void
  /** Deliveries begin again at the first record that is not settled. */
  continue(): void
}

/** While earlier records are not settled, operators are asked this often for what they have collected. */
const flushEveryMs = 100

/**
 * A wait until a record is due, without keeping it: the partition is not read meanwhile, and is read again from there
 * once the time has come and every earlier record is settled.
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

  /** @param seq the record that is not due; later ones of the same deliveries only wait with it */
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

  /** A record is settled. */
  look(epoch: DeliveryEpoch): void {
    if (!this.isDue || this.waiting?.epoch !== epoch || epoch.ledger.firstUnsettled < this.first) return
    this.end()
    if (!epoch.ended) this.partition.continue()
  }

  /** These deliveries are over. */
  end(): void {
    this.waiting?.timer()
    this.waiting = null
    this.isDue = false
    this.flushing?.()
    this.flushing = null
  }

  /** Earlier records that operators collect, now or later, would never be settled: no others follow. */
  private flush(epoch: DeliveryEpoch): void {
    epoch.flush()
    if (this.waiting?.epoch !== epoch || epoch.ledger.firstUnsettled >= this.first) return
    this.flushing?.()
    this.flushing = this.partition.clock.schedule(flushEveryMs, () => {
      this.flush(epoch)
    })
  }
}

import { noticeMs } from '../../core/scheduling/waits.js'
import type { Cancel, Clock } from '../../model/clock.js'
import type { ConsumerEvent } from '../../model/consumer-event.js'
import { partitionKey, type TopicPartition } from '../../model/topic-partition.js'

/** What the reports of an open transaction need of its partition. */
export interface TransactionReader {
  readonly clock: Clock
  readonly report: (event: ConsumerEvent) => void
  /** Whether everything below the offset has been delivered, and more would be delivered now. */
  readonly isHeldUpAt: (offset: bigint) => boolean
}

/**
 * The first open transaction of a partition that is read with `read_committed`: nothing behind it is delivered until it has
 * ended. The log ends there for such a reader, so that it has no lag. A transaction whose producer has gone stays open for its
 * timeout, and for ever if the coordinator has lost it; it is reported after ten seconds.
 */
export class OpenTransaction {
  private readonly place: string
  private readonly reader: TransactionReader
  private first: bigint | null = null
  private since = 0
  private timer: Cancel | null = null
  private isReported = false

  constructor({ topic, partition }: TopicPartition, reader: TransactionReader) {
    this.place = partitionKey(topic, partition)
    this.reader = reader
  }

  /** What holds up records behind the offset `end`, in words; null if nothing does. */
  heldUpBy(end: bigint): string | null {
    return this.first === end ? `a transaction that is open at offset ${String(end)}` : null
  }

  /** An answer of the broker has these ends of the log. */
  seen(lastStableOffset: bigint, highWatermark: bigint): void {
    const offset = lastStableOffset < highWatermark ? lastStableOffset : null
    if (offset === this.first) return
    this.stop()
    this.first = offset
    if (offset === null) return
    this.since = this.reader.clock.now()
    this.arm(offset)
  }

  /** The transaction has ended, or nothing is read any more. */
  stop(): void {
    const { first, isReported } = this
    this.timer?.()
    this.timer = null
    this.first = null
    this.isReported = false
    if (isReported && first !== null)
      this.reader.report({ _tag: 'recovered', from: 'waiting', what: this.reason(first), afterMs: this.forMs })
  }

  private get forMs(): number {
    return this.reader.clock.now() - this.since
  }

  private reason(offset: bigint): string {
    return `a transaction is open at offset ${String(offset)} of ${this.place}, and read_committed stops there`
  }

  private arm(offset: bigint): void {
    const { reader } = this
    this.timer = reader.clock.schedule(noticeMs, () => {
      this.arm(offset)
      if (!reader.isHeldUpAt(offset)) return
      this.isReported = true
      const fault = { _tag: 'TimeoutFault', what: 'its producer', afterMs: Math.round(this.forMs) } as const
      reader.report({ _tag: 'waiting', reason: this.reason(offset), fault, inMs: noticeMs })
    })
  }
}

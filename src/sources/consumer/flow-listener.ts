import type { Subscriber } from 'rxjs'
import type { ConsumerRecord } from '../../model/consumer-record.js'
import type { Standing } from '../../model/partition-position.js'

/** Who listens to the stream of an assignment, and how the pipeline behind it fares. */
export class FlowListener {
  private current: Subscriber<ConsumerRecord> | null = null
  private subscribedBefore = false
  private completedByDrain = false
  private delivering = false
  /** to be completed when the record is through that is being handed over */
  private completing: Subscriber<ConsumerRecord> | null = null
  private pipeline: 'unwatched' | 'running' | 'ended' | 'failed' = 'unwatched'

  get subscriber(): Subscriber<ConsumerRecord> | null {
    return this.current
  }
  get wasSubscribed(): boolean {
    return this.subscribedBefore
  }
  /** True while somebody listens, or did until a drain completed the stream. */
  get isThere(): boolean {
    return this.current !== null || this.completedByDrain
  }
  /** Nobody is left who might settle what was delivered. */
  get isOver(): boolean {
    return this.pipeline === 'ended' || this.pipeline === 'failed' || !this.subscribedBefore
  }

  /** Why nothing can be delivered to it; null if something can. */
  get standing(): Standing | null {
    if (this.pipeline === 'ended' || this.pipeline === 'failed') return 'pipeline ended'
    if (this.current === null) return this.subscribedBefore ? 'unsubscribed' : 'not subscribed'
    return null
  }

  /** Somebody watches the end of the pipeline. */
  watched(): void {
    this.pipeline = 'running'
  }

  /** The pipeline has ended by itself; false if it had failed before. */
  ended(): boolean {
    if (this.pipeline === 'failed') return false
    this.pipeline = 'ended'
    return true
  }

  failed(): void {
    this.pipeline = 'failed'
  }

  /** Gives whether it is not the first one. */
  subscribed(subscriber: Subscriber<ConsumerRecord>): boolean {
    const again = this.subscribedBefore
    this.current = subscriber
    this.subscribedBefore = true
    if (this.pipeline !== 'unwatched') this.pipeline = 'running'
    return again
  }

  unsubscribed(): void {
    this.current = null
  }

  /** Whether a record is being handed over. */
  get isDelivering(): boolean {
    return this.delivering
  }

  deliver(record: ConsumerRecord): void {
    this.delivering = true
    this.current?.next(record)
    this.delivering = false
    if (this.completing === null) return
    const { completing } = this
    this.completing = null
    completing.complete()
  }

  /** A drain completes the stream; its pipeline may still work. */
  drain(): void {
    this.completedByDrain = this.current !== null
    this.complete()
  }

  end(): void {
    this.complete()
    this.current = null
  }

  /** An rxjs operator that the completion comes through swallows the record that it is just passing on. */
  private complete(): void {
    if (this.delivering) this.completing = this.current
    else this.current?.complete()
  }
}

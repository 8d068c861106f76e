import type { PartitionState } from '../../model/partition-position.js'

/** More subscriptions to a stream that is over are made by an operator that never stops. */
const mostLate = 100

/** The subscriptions to the stream of an assigned partition, and the state of its pipeline. */
export class PartitionPipeline {
  /** A record is being delivered. Delivery sets it around each record. */
  isHandingOver = false
  private listens = false
  private count = 0
  private completed = false
  private late = 0
  private end: 'unwatched' | 'running' | 'ended' | 'failed' = 'unwatched'

  get isSubscribed(): boolean {
    return this.listens
  }
  get wasSubscribed(): boolean {
    return this.count > 0
  }
  /** The number of the last subscription. */
  get subscription(): number {
    return this.count
  }
  /** True while there is a subscriber, or there was until the stream was completed. */
  get isThere(): boolean {
    return this.listens || this.completed
  }
  /** Nothing is left that could settle the delivered records. */
  get isOver(): boolean {
    return this.end === 'ended' || this.end === 'failed' || this.count === 0
  }
  /** Why nothing can be delivered to it; null if records can. */
  get status(): PartitionState | null {
    if (this.end === 'ended' || this.end === 'failed') return 'pipeline ended'
    if (this.listens) return null
    return this.count > 0 ? 'unsubscribed' : 'not subscribed'
  }

  attached(): void {
    this.end = 'running'
  }

  subscribed(): void {
    this.listens = true
    this.count++
    if (this.end !== 'unwatched') this.end = 'running'
  }

  /** The stream is over. False once that has been so often that it goes on for ever. */
  subscribedLate(): boolean {
    return ++this.late <= mostLate
  }

  unsubscribed(): void {
    this.listens = false
  }

  /** False if it had failed before. */
  ended(): boolean {
    if (this.end === 'failed') return false
    this.end = 'ended'
    return true
  }

  failed(): void {
    this.end = 'failed'
  }

  /** Whether there is a subscriber to complete. */
  complete(): boolean {
    if (!this.listens || this.completed) return false
    this.completed = true
    return true
  }
}

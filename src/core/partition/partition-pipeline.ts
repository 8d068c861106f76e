import type { PartitionState } from '../../model/partition-position.js'

/** An operator that resubscribes to an ended stream more often than this would never stop. */
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
  /** True while there is a subscriber, or if there was one when the stream completed. */
  get isThere(): boolean {
    return this.listens || this.completed
  }
  /** Whether nothing is left that could settle the delivered records. */
  get isOver(): boolean {
    return this.end === 'ended' || this.end === 'failed' || this.count === 0
  }
  /** Whether it has ended because its stream did. Records that it has left unsettled stay so. */
  get hasRunOut(): boolean {
    return this.completed && this.end === 'ended'
  }
  /** Why no record can be delivered to it; null if records can be. */
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

  /** A subscription after the end. False if there were so many that they would go on for ever. */
  subscribedLate(): boolean {
    return ++this.late <= mostLate
  }

  unsubscribed(): void {
    this.listens = false
  }

  /** False if the pipeline had failed before. */
  ended(): boolean {
    if (this.end === 'failed') return false
    this.end = 'ended'
    return true
  }

  failed(): void {
    this.end = 'failed'
  }

  /** Returns whether there is a subscriber to complete. */
  complete(): boolean {
    if (!this.listens || this.completed) return false
    this.completed = true
    return true
  }
}

/**
 * How fast a member acknowledges a broker's records, compared with the time of a fetch. Record batches larger than
 * `max.poll.records` leave no room for another until most of them is acknowledged. A member that is faster than a fetch would
 * then wait for the broker after each, so the next one is fetched ahead. It is fetched as soon as a batch is there, by the
 * rate at which the one before was acknowledged: a request with part of a batch's acknowledgements takes a broker longer than
 * one with all of them, since it then keeps a state for each record (Kafka 4.3.1: 11 ms and 6.5 ms with batches of 2,500).
 */
export class FetchPace {
  private isLarge = false
  private fetchMs = 0
  /** records a millisecond, until the last answer */
  private formerRate = 0
  private since = 0
  private acknowledged = 0
  private lastAt = 0

  /** A fetch has acquired records. `isLarge`: more than it asked for. */
  fetched(sentAt: number, isLarge: boolean, now: number): void {
    this.formerRate = this.rate
    this.isLarge = isLarge
    this.fetchMs = now - sentAt
    this.since = now
    this.acknowledged = 0
  }

  recordAcknowledged(now: number): void {
    this.acknowledged++
    this.lastAt = now
  }

  /** Whether the `locked` records will be acknowledged before a fetch that is sent now is answered. */
  fetchesAhead(locked: number): boolean {
    const rate = this.acknowledged === 0 ? this.formerRate : this.rate
    return this.isLarge && locked <= rate * this.fetchMs
  }

  /** Records a millisecond since the last answer. The clock may count whole milliseconds. */
  private get rate(): number {
    return this.acknowledged / Math.max(1, this.lastAt - this.since)
  }
}

/**
 * How fast a member acknowledges a broker's records, compared with the duration of a fetch. A record batch larger than
 * `max.poll.records` leaves no room for another until most of it is acknowledged. A member that is faster than a fetch would
 * then wait for the broker after each batch, so the next one is fetched ahead: as soon as a batch arrives, by the rate at which
 * the previous one was acknowledged. Acknowledging a batch in parts takes a broker longer than all at once, since it then keeps
 * a state for each record (Kafka 4.3.1: 11 ms and 6.5 ms with batches of 2,500).
 */
export class FetchPace {
  private isLarge = false
  private fetchMs = 0
  /** records per millisecond, until the last answer */
  private formerRate = 0
  private since = 0
  private acknowledged = 0
  private lastAt = 0

  /** Call when a fetch has acquired records. `isLarge`: more than it requested. */
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

  /** Records per millisecond since the last answer. At least 1 ms, as the clock may count whole milliseconds. */
  private get rate(): number {
    return this.acknowledged / Math.max(1, this.lastAt - this.since)
  }
}

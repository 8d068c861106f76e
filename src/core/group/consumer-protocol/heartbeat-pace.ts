/** Kafka's defaults of `group.consumer.heartbeat.interval.ms` and `group.consumer.session.timeout.ms`. */
const defaultIntervalMs = 5_000
const defaultSessionMs = 45_000
/** How many intervals a session has by Kafka's defaults. */
const intervalsOfSession = defaultSessionMs / defaultIntervalMs
/** What others give up is heard of with a heartbeat only: after a change they come so often, for two intervals. */
const quickBeatMs = 750
const quickIntervals = 2

/**
 * When heartbeats are due, and until when the member may count on being one. The interval is the broker's. Its session timeout
 * is not told to members; 45 s are the least that brokers allow by default (`group.consumer.min.session.timeout.ms`), and a
 * cluster with shorter heartbeats is taken for one with shorter sessions, in the same proportion.
 */
export class HeartbeatPace {
  private intervalMs = defaultIntervalMs
  private lastGood = 0
  private quickUntil = 0

  /** What the broker asks for; an interval that is none is not taken. */
  adopt(intervalMs: number): void {
    if (intervalMs > 0) this.intervalMs = intervalMs
  }

  /** A heartbeat that was sent then has been answered. */
  heard(sentAt: number): void {
    this.lastGood = Math.max(this.lastGood, sentAt)
  }

  /** The member begins anew. */
  begin(now: number): void {
    this.lastGood = now
  }

  /** Something has changed, and more may follow. */
  quicken(now: number): void {
    this.quickUntil = now + this.settledAfterMs
  }

  /** By then every member has heard of a change. */
  get settledAfterMs(): number {
    return quickIntervals * this.intervalMs
  }

  /** Until the next heartbeat. */
  nextInMs(now: number): number {
    return now < this.quickUntil ? Math.min(quickBeatMs, this.intervalMs) : this.intervalMs
  }

  /** How long the session lasts yet, as far as the member can know. */
  leftMs(now: number): number {
    return this.lastGood + Math.min(defaultSessionMs, intervalsOfSession * this.intervalMs) - now
  }
}

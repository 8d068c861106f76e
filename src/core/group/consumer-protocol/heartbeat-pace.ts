/** Kafka's defaults of `group.consumer.heartbeat.interval.ms` and `group.consumer.session.timeout.ms`. */
const defaultIntervalMs = 5_000
const defaultSessionMs = 45_000
/** How many intervals a session has by Kafka's defaults. */
const intervalsOfSession = defaultSessionMs / defaultIntervalMs
/**
 * The answer to a heartbeat is the only way to learn what others have released: after a change they come this often,
 * for two intervals.
 */
const quickBeatMs = 750
const quickIntervals = 2

/**
 * When heartbeats are due, and how long the member may assume that it is one. The broker sets the interval. Members do
 * not learn its session timeout: 45 s are the minimum that brokers allow by default
 * (`group.consumer.min.session.timeout.ms`), and for a cluster with shorter heartbeats the session is assumed to be
 * shorter in the same proportion.
 */
export class HeartbeatPace {
  private intervalMs = defaultIntervalMs
  private lastGood = 0
  private quickUntil = 0

  /** Adopts the broker's interval; an invalid one is ignored. */
  adopt(intervalMs: number): void {
    if (intervalMs > 0) this.intervalMs = intervalMs
  }

  /** A heartbeat sent at that time has been answered. */
  answered(sentAt: number): void {
    this.lastGood = Math.max(this.lastGood, sentAt)
  }

  /** The member starts again. */
  begin(now: number): void {
    this.lastGood = now
  }

  /** Something has changed, and more may follow. */
  quicken(now: number): void {
    this.quickUntil = now + this.settledAfterMs
  }

  /** By then every member has learned of a change. */
  get settledAfterMs(): number {
    return quickIntervals * this.intervalMs
  }

  /** Time until the next heartbeat. */
  nextInMs(now: number): number {
    return now < this.quickUntil ? Math.min(quickBeatMs, this.intervalMs) : this.intervalMs
  }

  /** How long the session still lasts, as far as the member can know. */
  leftMs(now: number): number {
    return this.lastGood + Math.min(defaultSessionMs, intervalsOfSession * this.intervalMs) - now
  }
}

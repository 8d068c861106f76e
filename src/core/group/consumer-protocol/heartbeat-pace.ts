/** Kafka's defaults of `group.consumer.heartbeat.interval.ms` and `group.consumer.session.timeout.ms`. */
const defaultIntervalMs = 5_000
const defaultSessionMs = 45_000
/** The number of intervals in a session by Kafka's defaults. */
const intervalsOfSession = defaultSessionMs / defaultIntervalMs
/**
 * A member learns only from heartbeats what others have released. So after a change heartbeats come this often, for two
 * intervals.
 */
const quickBeatMs = 750
const quickIntervals = 2
/** A session of three intervals survives a lost heartbeat. */
const leastOfSession = 3

/**
 * When heartbeats are due, and how long the member may assume that it is one. The broker sets the interval. Members do
 * not learn its session timeout: 45 s are the minimum that brokers allow by default
 * (`group.consumer.min.session.timeout.ms`), and for a cluster with shorter heartbeats the session is assumed to be
 * shorter in the same proportion. With an interval longer than a third of these 45 s, heartbeats are sent more often.
 */
export class HeartbeatPace {
  private intervalMs = defaultIntervalMs
  private lastGood = 0
  private quickUntil = 0
  /** the end of a session that was assumed to be over while the process was suspended */
  private extendedTo = 0

  /** Adopts the broker's interval; an invalid one is ignored. */
  adopt(intervalMs: number): void {
    if (intervalMs > 0) this.intervalMs = intervalMs
  }

  /** A heartbeat sent at that time has been answered. */
  answered(sentAt: number): void {
    this.lastGood = Math.max(this.lastGood, sentAt)
  }

  begin(now: number): void {
    this.lastGood = now
    this.extendedTo = 0
  }

  /** Something has changed, and more may follow: heartbeats come more often for a while. */
  quicken(now: number): void {
    this.quickUntil = now + this.settledAfterMs
  }

  /** The time after which every member has learned of a change. */
  get settledAfterMs(): number {
    return quickIntervals * this.intervalMs
  }

  /** Time until the next heartbeat. */
  nextInMs(now: number): number {
    const regular = Math.min(this.intervalMs, defaultSessionMs / leastOfSession)
    return now < this.quickUntil ? Math.min(quickBeatMs, regular) : regular
  }

  /** Whether the last answer is outdated, since it arrived or was read late. Then the group is asked at once. */
  isOutdated(now: number): boolean {
    return now >= this.assumedEnd
  }

  /** How long the session still lasts, as far as the member knows. */
  leftMs(now: number): number {
    return Math.max(this.assumedEnd, this.extendedTo) - now
  }

  /**
   * The session's timer has fired. Returns how long the session still lasts; 0 if it is over. A timer that fires late shows
   * that the process was suspended, so answers may be waiting to be read. If the session was only assumed to be shorter than
   * the brokers' minimum, the member asks the group before it gives up partitions that it may still own.
   */
  leftWhenDue(now: number): number {
    const leftMs = this.leftMs(now)
    if (leftMs > 0) return leftMs
    const surelyOver = this.lastGood + defaultSessionMs
    if (-leftMs < this.intervalMs || now >= surelyOver) return 0
    this.extendedTo = Math.min(surelyOver, now + this.settledAfterMs)
    return this.extendedTo - now
  }

  private get assumedEnd(): number {
    return this.lastGood + Math.min(defaultSessionMs, intervalsOfSession * this.intervalMs)
  }
}

/** The maximum of concurrent calls, and how the adaptive limit reacts to latency. */
export interface AdaptiveSettings {
  readonly max: number
  /** the limit decreases if a round's average latency exceeds the baseline by this factor, e.g. 1.15 */
  readonly tolerance: number
}

/** The baseline may change, so it is measured again after this many rounds. */
const remeasureEvery = 100
const lessBySlowness = 0.8
const lessByFailure = 0.75

/**
 * Finds how many concurrent calls pay off: additive increase, multiplicative decrease. A round has as many calls as the limit.
 * The limit grows by one after a round without failures that used all of it and was as fast as the baseline (it doubles until
 * the first slow round). It shrinks by a fifth after a slow round, and by a quarter after a failure.
 */
export class AdaptiveLimit {
  private readonly settings: AdaptiveSettings
  private allowed = 1
  private rounds = 0
  private counted = 0
  private failed = 0
  private tookMs = 0
  private isSaturated = false
  private isSlowStart = true
  /** the average latency of a call when few run concurrently */
  private baselineMs = Infinity
  /** the limit before it was halved to measure the baseline; null if not measuring */
  private measuring: number | null = null

  constructor(settings: AdaptiveSettings) {
    this.settings = settings
  }

  get limit(): number {
    return Math.min(this.settings.max, Math.max(1, Math.floor(this.allowed)))
  }

  /** The current round: a call counts for the round in which it began. */
  get round(): number {
    return this.rounds
  }

  /** @param inFlight calls in flight, including this one */
  began(inFlight: number): void {
    if (inFlight >= this.limit) this.isSaturated = true
  }

  ended(round: number, tookMs: number, failed: boolean): void {
    // The call began under another limit.
    if (round !== this.rounds) return
    this.counted++
    if (failed) this.failed++
    else this.tookMs += tookMs
    if (this.counted >= this.limit) this.close()
  }

  /** Begins again with one call at a time, after the breaker closed. */
  restart(): void {
    this.allowed = 1
    this.isSlowStart = true
    this.measuring = null
    this.next()
  }

  private close(): void {
    const { counted, failed, tookMs, isSaturated } = this
    const average = failed === counted ? Infinity : tookMs / (counted - failed)
    if (this.measuring !== null) {
      if (failed === 0) this.baselineMs = average
      this.allowed = this.measuring
      this.measuring = null
    } else if (failed > 0) this.decrease(lessByFailure)
    else {
      this.baselineMs = Math.min(this.baselineMs, average)
      if (average > this.baselineMs * this.settings.tolerance) this.decrease(lessBySlowness)
      else if (isSaturated)
        this.allowed = Math.min(this.settings.max, this.isSlowStart ? this.allowed * 2 : this.allowed + 1)
      if ((this.rounds + 1) % remeasureEvery === 0) {
        this.measuring = this.allowed
        this.allowed = Math.max(1, this.allowed / 2)
      }
    }
    this.next()
  }

  private decrease(by: number): void {
    this.isSlowStart = false
    this.allowed = Math.max(1, Math.floor(this.limit * by))
  }

  private next(): void {
    this.rounds++
    this.counted = this.failed = this.tookMs = 0
    this.isSaturated = false
  }
}

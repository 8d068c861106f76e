/** How many calls may be under way, and how that is found. */
export interface AdaptiveSettings {
  readonly max: number
  /** a round that takes so many times what calls take when there are few is too much, e.g. 1.15 */
  readonly tolerance: number
}

/** What calls take when there are few is measured anew after so many rounds: it may have changed. */
const remeasureEvery = 100
const lessBySlowness = 0.8
const lessByFailure = 0.75

/**
 * Finds how many calls at once are worth it: additive increase, multiplicative decrease. A round is as many calls as may be under
 * way. One in which none failed and that took no longer than with few makes it one more (the double, until the first that is
 * too slow); one that took longer makes it a fifth less, one in which a call failed a quarter.
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
  /** what a call takes when there are few */
  private baselineMs = Infinity
  /** what was allowed before it was halved to measure the baseline */
  private measuring: number | null = null

  constructor(settings: AdaptiveSettings) {
    this.settings = settings
  }

  get limit(): number {
    return Math.min(this.settings.max, Math.max(1, Math.floor(this.allowed)))
  }

  /** Calls belong to the round that they began in. */
  get round(): number {
    return this.rounds
  }

  /** @param inFlight with it */
  began(inFlight: number): void {
    if (inFlight >= this.limit) this.isSaturated = true
  }

  ended(round: number, tookMs: number, failed: boolean): void {
    // It began under another limit.
    if (round !== this.rounds) return
    this.counted++
    if (failed) this.failed++
    else this.tookMs += tookMs
    if (this.counted >= this.limit) this.close()
  }

  /** From one at a time again: what it calls was away. */
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

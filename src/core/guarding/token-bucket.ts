export interface RateSettings {
  readonly perSecond: number
  /** this many at once after a pause */
  readonly burst: number
}

/** A rate limit: `perSecond` on average, `burst` at once after a pause. */
export class TokenBucket {
  private readonly settings: RateSettings
  private tokens: number
  private filledAt = -Infinity

  constructor(settings: RateSettings) {
    this.settings = settings
    this.tokens = settings.burst
  }

  /** When there is a token: at once if that is not later than now. */
  availableAt(now: number): number {
    this.fill(now)
    return this.tokens >= 1 ? now : now + ((1 - this.tokens) * 1_000) / this.settings.perSecond
  }

  take(now: number): void {
    this.fill(now)
    this.tokens--
  }

  private fill(now: number): void {
    const { perSecond, burst } = this.settings
    if (this.filledAt !== -Infinity)
      // A token that is incomplete only because of rounding counts as whole.
      this.tokens = Math.min(burst, this.tokens + ((now - this.filledAt) * perSecond) / 1_000 + 1e-9)
    this.filledAt = now
  }
}

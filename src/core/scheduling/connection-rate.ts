/** The rate of new connections: a burst, and then this many a second. */
export interface ConnectionRate {
  readonly burst: number
  readonly perSecond: number
}

/**
 * Spreads new connections by a token bucket: each gets a turn, as late as the rate requires. Unused turns are kept, up to the
 * burst. Has no clock: `now` is in ms.
 */
export class ConnectionTurns {
  private readonly everyMs: number
  private readonly aheadMs: number
  /** When the next turn would be if no unused ones were kept. */
  private next = -Infinity

  constructor({ burst, perSecond }: ConnectionRate) {
    this.everyMs = 1_000 / perSecond
    this.aheadMs = (burst - 1) * this.everyMs
  }

  /** Takes a turn; returns in how many ms it is. */
  take(now: number): number {
    const turn = Math.max(this.next, now - this.aheadMs)
    this.next = turn + this.everyMs
    return Math.max(0, turn - now)
  }
}

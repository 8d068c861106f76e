/** How fast connections may be made: so many at once, and from then on so many a second. */
export interface ConnectionRate {
  readonly burst: number
  readonly perSecond: number
}

/**
 * Spreads new connections: each has its turn, as late as the rate needs. What was not used is kept, up to the burst (a token
 * bucket). It knows no clock: `now` is in ms.
 */
export class ConnectionTurns {
  private readonly everyMs: number
  private readonly aheadMs: number
  /** When the next would have its turn if nothing were kept. */
  private next = -Infinity

  constructor({ burst, perSecond }: ConnectionRate) {
    this.everyMs = 1_000 / perSecond
    this.aheadMs = (burst - 1) * this.everyMs
  }

  /** Takes a turn; gives in how many ms it comes. */
  take(now: number): number {
    const turn = Math.max(this.next, now - this.aheadMs)
    this.next = turn + this.everyMs
    return Math.max(0, turn - now)
  }
}

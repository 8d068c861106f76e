/** When a breaker opens, and how often it probes. */
export interface BreakerSettings {
  /** the number of latest calls that count */
  readonly calls: number
  /** opens when this share of them has failed, 0 to 1 */
  readonly failureRatio: number
  /** while open, one call is let through this often */
  readonly probeEveryMs: number
}

export type BreakerState = 'closed' | 'open' | 'probing'

/**
 * A circuit breaker. `closed` lets all calls through and counts failures. `open` lets none through until the next probe is due.
 * `probing` has one call in flight, whose outcome decides. Outcomes of calls that began before it opened do not count.
 */
export class Breaker {
  private readonly settings: BreakerSettings
  private now: BreakerState = 'closed'
  /** whether each of the latest calls failed, oldest first */
  private outcomes: boolean[] = []
  private failures = 0
  private probeAt = -Infinity
  private turns = 0

  constructor(settings: BreakerSettings) {
    this.settings = settings
  }

  get state(): BreakerState {
    return this.now
  }

  /** Grows whenever the breaker opens, probes or closes. A call counts for the turn in which it began. */
  get turn(): number {
    return this.turns
  }

  /** When the next call may begin: at once if that is not later than now; Infinity during a probe. */
  get callableAt(): number {
    return this.now === 'closed' ? -Infinity : this.now === 'open' ? this.probeAt : Infinity
  }

  began(now: number): void {
    if (this.now === 'closed') return
    this.enter('probing')
    this.probeAt = now + this.settings.probeEveryMs
  }

  /** @param failed null if the call was abandoned, and its outcome is unknown. Returns the change of the breaker. */
  ended(turn: number, failed: boolean | null, now: number): 'opened' | 'closed' | null {
    if (turn !== this.turns) return null
    if (this.now === 'probing') {
      if (failed === false) {
        this.outcomes = []
        this.failures = 0
        this.enter('closed')
        return 'closed'
      }
      this.enter('open')
      return null
    }
    if (failed === null) return null
    this.outcomes.push(failed)
    if (failed) this.failures++
    if (this.outcomes.length > this.settings.calls && this.outcomes.shift() === true) this.failures--
    const { calls, failureRatio, probeEveryMs } = this.settings
    if (this.outcomes.length < calls || this.failures < failureRatio * calls) return null
    this.enter('open')
    this.probeAt = now + probeEveryMs
    return 'opened'
  }

  private enter(state: BreakerState): void {
    this.now = state
    this.turns++
  }
}

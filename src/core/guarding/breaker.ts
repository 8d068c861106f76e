/** When a breaker opens, and how often it then tries. */
export interface BreakerSettings {
  /** it looks at the last so many calls */
  readonly calls: number
  /** and opens when so many of them have failed, 0 to 1 */
  readonly failureRatio: number
  /** while it is open one call is let through each so many ms, to see */
  readonly probeEveryMs: number
}

export type BreakerState = 'closed' | 'open' | 'probing'

/**
 * A circuit breaker. `closed` lets everything through and counts what fails; `open` lets nothing through until the next probe is
 * due; `probing` has one call under way, whose outcome decides. What was called before it opened says nothing about it any more.
 */
export class Breaker {
  private readonly settings: BreakerSettings
  private now: BreakerState = 'closed'
  /** of the last calls: whether they failed, oldest first */
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

  /** Grows whenever it opens, probes or closes: calls belong to the turn that they began in. */
  get turn(): number {
    return this.turns
  }

  /** When the next call may be let through: at once if that is not later than now. */
  get callableAt(): number {
    return this.now === 'closed' ? -Infinity : this.now === 'open' ? this.probeAt : Infinity
  }

  began(now: number): void {
    if (this.now === 'closed') return
    this.enter('probing')
    this.probeAt = now + this.settings.probeEveryMs
  }

  /** @param failed null if the call was abandoned, and its outcome is unknown. Returns what it did to the breaker. */
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

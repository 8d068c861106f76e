import { AdaptiveLimit, type AdaptiveSettings } from './adaptive-limit.js'
import { Breaker, type BreakerSettings, type BreakerState } from './breaker.js'
import { type RateSettings, TokenBucket } from './token-bucket.js'

export interface GuardSettings {
  readonly breaker: BreakerSettings | null
  readonly concurrency: AdaptiveSettings | null
  readonly rate: RateSettings | null
}

/** Why a call may not begin yet. */
export type GuardedBy = 'breaker' | 'concurrency' | 'rate'

/** Whether a call may begin; `until` is Infinity if the end of another call decides. */
export type GuardAnswer =
  { readonly _tag: 'go' } | { readonly _tag: 'wait'; readonly by: GuardedBy; readonly until: number }

/** A call that has begun. */
export interface GuardedCall {
  readonly beganAt: number
  readonly turn: number
  readonly round: number
}

/** `refused`: the call was answered with a refusal. `given up`: it was abandoned, and its outcome is unknown. */
export type CallOutcome = 'succeeded' | 'refused' | 'failed' | 'given up'

const go: GuardAnswer = { _tag: 'go' }

/** A breaker, a limit of concurrent calls, and a rate limit, for all callers of one target. Its driver passes in the time. */
export class GuardMachine {
  private readonly breaker: Breaker | null
  private readonly adaptive: AdaptiveLimit | null
  private readonly bucket: TokenBucket | null
  private underWay = 0

  constructor({ breaker, concurrency, rate }: GuardSettings) {
    this.breaker = breaker === null ? null : new Breaker(breaker)
    this.adaptive = concurrency === null ? null : new AdaptiveLimit(concurrency)
    this.bucket = rate === null ? null : new TokenBucket(rate)
  }

  get state(): BreakerState {
    return this.breaker?.state ?? 'closed'
  }

  get limit(): number {
    return this.adaptive?.limit ?? Infinity
  }

  get active(): number {
    return this.underWay
  }

  ask(now: number): GuardAnswer {
    const callableAt = this.breaker?.callableAt ?? -Infinity
    if (callableAt > now) return { _tag: 'wait', by: 'breaker', until: callableAt }
    if (this.underWay >= this.limit) return { _tag: 'wait', by: 'concurrency', until: Infinity }
    const availableAt = this.bucket?.availableAt(now) ?? now
    return availableAt > now ? { _tag: 'wait', by: 'rate', until: availableAt } : go
  }

  /** Call it only after `ask` has answered go. */
  begin(now: number): GuardedCall {
    this.underWay++
    this.breaker?.began(now)
    this.bucket?.take(now)
    this.adaptive?.began(this.underWay)
    return { beganAt: now, turn: this.breaker?.turn ?? 0, round: this.adaptive?.round ?? 0 }
  }

  /** Returns the change of the breaker. */
  end({ beganAt, turn, round }: GuardedCall, outcome: CallOutcome, now: number): 'opened' | 'closed' | null {
    this.underWay--
    if (outcome !== 'given up') this.adaptive?.ended(round, now - beganAt, outcome === 'failed')
    const change = this.breaker?.ended(turn, outcome === 'given up' ? null : outcome === 'failed', now) ?? null
    if (change === 'closed') this.adaptive?.restart()
    return change
  }
}

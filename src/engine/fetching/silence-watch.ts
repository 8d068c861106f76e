import type { Cancel, Clock } from '../../model/clock.js'
import type { FetchState } from './fetch-state.js'

/** How long beyond the session timeout nothing may be heard of a partition that is asked for. */
const beyondSessionMs = 10_000
/** How soon a partition is looked at again whose time is over. */
const againMs = 1_000

export interface SilenceHost {
  /** Whether something explains that the partition is not fetched: a broker that is down, a leader that is looked for. */
  readonly isExplained: (state: FetchState) => boolean
  /** Whether the request that followed when it was heard of is still to be answered, and has time for that. */
  readonly isAwaited: (state: FetchState) => boolean
  /** Nothing does. */
  readonly silent: (state: FetchState, forMs: number) => void
}

/**
 * Notices a partition that is wanted and of which nothing is heard, though nothing is wrong: a fault of this client's own that
 * would otherwise be a consumer with good heartbeats and no records. It looks only while something is wanted.
 */
export class SilenceWatch {
  private readonly clock: Clock
  private readonly budgetMs: number
  private readonly host: SilenceHost
  private readonly states = new Set<FetchState>()
  private timer: Cancel | null = null

  constructor(clock: Clock, sessionTimeoutMs: number, host: SilenceHost) {
    this.clock = clock
    this.budgetMs = sessionTimeoutMs + beyondSessionMs
    this.host = host
  }

  /** Records of it are wanted from now on. */
  wanted(state: FetchState): void {
    this.heard(state)
    this.states.add(state)
    this.timer ??= this.clock.schedule(this.budgetMs, () => {
      this.timer = null
      this.look()
    })
  }

  /** An answer has named it, or something else has happened to it. */
  heard(state: FetchState): void {
    state.heardAt = this.clock.now()
  }

  forget(state: FetchState): void {
    this.states.delete(state)
  }

  close(): void {
    this.timer?.()
    this.states.clear()
  }

  private look(): void {
    const now = this.clock.now()
    let next = Infinity
    for (const state of this.states) {
      const since = state.heardAt
      if (state.demand === 0 || !state.readable || this.host.isExplained(state)) {
        // Whatever it waits for, the time counts from when that is over.
        state.heardAt = now
        if (state.demand === 0 || !state.readable) continue
      } else if (now - since >= this.budgetMs && !this.host.isAwaited(state)) {
        state.heardAt = now
        this.host.silent(state, now - since)
      }
      next = Math.min(next, Math.max(againMs, state.heardAt + this.budgetMs - now))
    }
    if (next === Infinity) return
    this.timer = this.clock.schedule(next, () => {
      this.timer = null
      this.look()
    })
  }
}

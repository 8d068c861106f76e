import type { PartitionFetchState } from './partition-fetch-state.js'

/** How long beyond the session timeout nothing may be heard of a partition that is asked for. */
const beyondSessionMs = 10_000
/** How soon a partition is looked at again whose time is over. */
const againMs = 1_000

export interface WatchdogHost {
  /** Whether something explains that the partition is not fetched: a broker that is down, a leader that is looked for. */
  readonly isExplained: (state: PartitionFetchState) => boolean
  /** Whether the request that followed when it was heard of is still to be answered, and has time for that. */
  readonly isAwaited: (state: PartitionFetchState) => boolean
  /** Nothing does. */
  readonly silent: (state: PartitionFetchState, forMs: number) => void
}

/**
 * Notices a partition that is wanted and of which nothing is heard, though nothing is wrong: a fault of this client's own that
 * would otherwise be a consumer with good heartbeats and no records. It looks only while something is wanted.
 */
export class FetchWatchdog {
  private readonly budgetMs: number
  private readonly states = new Set<PartitionFetchState>()
  private looksAgain = false

  constructor(sessionTimeoutMs: number) {
    this.budgetMs = sessionTimeoutMs + beyondSessionMs
  }

  /** Records of it are wanted from now on. Returns when `look` is to be called, null where that is known already. */
  wanted(state: PartitionFetchState, now: number): number | null {
    state.heard(now)
    this.states.add(state)
    if (this.looksAgain) return null
    this.looksAgain = true
    return this.budgetMs
  }

  forget(state: PartitionFetchState): void {
    this.states.delete(state)
  }

  /** Looks at all of them. Returns when it is to look again, null where nothing is wanted. */
  look(now: number, host: WatchdogHost): number | null {
    let next = Infinity
    for (const state of this.states) {
      const since = state.heardAt
      const isWanted = state.demand > 0 && state.phase !== 'awaiting position'
      if (!isWanted || host.isExplained(state)) {
        // Whatever it waits for, the time counts from when that is over.
        state.heard(now)
        if (!isWanted) continue
      } else if (now - since >= this.budgetMs && !host.isAwaited(state)) {
        state.heard(now)
        host.silent(state, now - since)
      }
      next = Math.min(next, Math.max(againMs, state.heardAt + this.budgetMs - now))
    }
    this.looksAgain = next < Infinity
    return this.looksAgain ? next : null
  }
}

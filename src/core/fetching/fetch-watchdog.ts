import type { PartitionFetchState } from './partition-fetch-state.js'

/** How long beyond the session timeout a requested partition may go without an answer. */
const beyondSessionMs = 10_000
/** How soon an overdue partition is checked again. */
const againMs = 1_000

export interface WatchdogHost {
  /** Whether there is a reason not to fetch the partition: a broker that is down, an unknown leader. */
  readonly isExplained: (state: PartitionFetchState) => boolean
  /** Whether the request that followed the last answer is in flight, and has time left. */
  readonly isAwaited: (state: PartitionFetchState) => boolean
  /** Called for a partition that gets no answer without a reason. */
  readonly silent: (state: PartitionFetchState, forMs: number) => void
}

/**
 * Detects a partition with demand that gets no answer though nothing is wrong. That is a defect of this client, which would
 * otherwise look like a consumer with good heartbeats and no records. Runs only while a partition has demand.
 */
export class FetchWatchdog {
  private readonly budgetMs: number
  private readonly states = new Set<PartitionFetchState>()
  private looksAgain = false

  constructor(sessionTimeoutMs: number) {
    this.budgetMs = sessionTimeoutMs + beyondSessionMs
  }

  /** The partition has demand from now on. Returns in how many ms to call `look`; null if that is set already. */
  watch(state: PartitionFetchState, now: number): number | null {
    state.answered(now)
    this.states.add(state)
    if (this.looksAgain) return null
    this.looksAgain = true
    return this.budgetMs
  }

  forget(state: PartitionFetchState): void {
    this.states.delete(state)
  }

  /** Checks all partitions. Returns in how many ms to check again; null if none has demand. */
  look(now: number, host: WatchdogHost): number | null {
    let next = Infinity
    for (const state of this.states) {
      const since = state.answeredAt
      const hasDemand = state.demand > 0 && state.phase !== 'awaiting position'
      if (!hasDemand || host.isExplained(state)) {
        // The partition has a reason to wait: its time counts from the end of that wait.
        state.answered(now)
        if (!hasDemand) continue
      } else if (now - since >= this.budgetMs && !host.isAwaited(state)) {
        state.answered(now)
        host.silent(state, now - since)
      }
      next = Math.min(next, Math.max(againMs, state.answeredAt + this.budgetMs - now))
    }
    this.looksAgain = next < Infinity
    return this.looksAgain ? next : null
  }
}

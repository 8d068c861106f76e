import type { PartitionDrainReport } from './rebalance-event.js'

/** What `drain()` resolves with. */
export interface DrainReport {
  /**
   * The worst outcome of its partitions. `drained`: nothing was left; `deadline`: the time ran out first; `failed`: a
   * pipeline failed, or ended before its records were settled, or the last commit was refused; `aborted`: `close()`, a
   * loss or a fault came first; `under way`: a handler called it, and the drain waits for that handler (see `drain`).
   */
  readonly outcome: 'drained' | 'deadline' | 'failed' | 'aborted' | 'under way'
  readonly partitions: readonly PartitionDrainReport[]
}

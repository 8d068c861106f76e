import type { PartitionDrainReport } from './rebalance-event.js'

/** What `drain()` resolves with. */
export interface DrainReport {
  /**
   * That of the partition that ended worst. `drained`: nothing was left; `deadline`: the time was over first; `failed`: a
   * pipeline failed, or ended before its records were settled, or the last commit was refused; `aborted`: `close()`, a loss or
   * a fault overtook it. `under way`: it was asked for by a handler that is itself what it waits for (see `drain`).
   */
  readonly outcome: 'drained' | 'deadline' | 'failed' | 'aborted' | 'under way'
  readonly partitions: readonly PartitionDrainReport[]
}

import type { PartitionDrainReport } from './rebalance-event.js'

/** What `drain()` resolves with. */
export interface DrainReport {
  /** `drained`: nothing was left; `deadline`: the time was over first; `aborted`: `close()` or a fault overtook it */
  readonly outcome: 'drained' | 'deadline' | 'aborted'
  readonly partitions: readonly PartitionDrainReport[]
}

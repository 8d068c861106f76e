import type { ConsumerSettings } from '../../config/consumer-config.js'
import type { StartFrom } from '../../config/start-from.js'
import type { CommitPolicy } from '../../model/acknowledgement.js'
import type { CommitEvent } from '../../model/commit-event.js'
import type { ConsumerEvent } from '../../model/consumer-event.js'
import type { RebalanceEvent } from '../../model/rebalance-event.js'
import type { Cluster } from '../../ports/cluster.js'

/** Where a run reports its events; outlives the run. */
export interface RunOutlets {
  readonly rebalance: (event: RebalanceEvent) => void
  readonly commit: (event: CommitEvent) => void
  readonly event: (event: ConsumerEvent) => void
}

export interface ConsumerRunOptions {
  readonly cluster: Cluster
  readonly settings: ConsumerSettings
  readonly startFrom: StartFrom | null
  readonly random: () => number
  readonly outlets: RunOutlets
  /** The policies of the committing operators that see all its partitions. */
  readonly downstream: readonly CommitPolicy[]
  /** The partitions that the user has paused, by `partitionKey`. */
  readonly paused: ReadonlySet<string>
}

import type { TopicPartition } from './topic-partition.js'

/** The one reason why a partition is not moving right now, or that it is. */
export type Standing =
  | 'flowing'
  | 'no data'
  | 'starting'
  | 'not subscribed'
  | 'unsubscribed'
  | 'paused'
  | 'no credit'
  | 'commit range full'
  | 'draining'
  | 'pipeline ended'
  | 'unreadable'

/** Where a partition stands. Offsets are of the next record: `position` is the next to be delivered. */
export interface PartitionPosition extends TopicPartition {
  /** stored by the group, as far as this member knows; null where nothing was */
  readonly committed: bigint | null
  readonly position: bigint | null
  /** the end of the log as of the last fetch; under `read_committed` the last stable offset */
  readonly logEnd: bigint | null
  /** delivered records whose credit is not returned */
  readonly inFlight: number
  /** offsets from the first unsettled record to the position: what would be repeated after a crash */
  readonly uncommitted: { readonly from: bigint; readonly to: bigint } | null
  /** logEnd − position */
  readonly lag: bigint | null
  readonly standing: Standing
}

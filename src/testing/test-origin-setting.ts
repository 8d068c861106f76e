import type { Clock } from '../model/clock.js'
import type { TopicPartition } from '../model/topic-partition.js'

/** Receives the acknowledgements and commits of a test's partition. */
export interface TestPartitionWatcher {
  readonly acked: (offset: bigint) => void
  readonly stored: (offset: bigint) => void
}

/** What the assignment of a test's partition is created from. */
export interface TestOriginSetting {
  readonly place: TopicPartition
  /** the offset of its first record */
  readonly base: bigint
  readonly clock: Clock
  readonly groupId: string
  readonly signal: AbortSignal
  readonly watcher: TestPartitionWatcher | undefined
}

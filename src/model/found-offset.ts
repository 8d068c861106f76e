import type { TopicPartition } from './topic-partition.js'

/** The first record of a partition at or after a time. */
export interface FoundOffset extends TopicPartition {
  /** null if there is none */
  readonly offset: bigint | null
}

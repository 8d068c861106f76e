import type { TopicPartition } from './topic-partition.js'

/** An offset that the group has stored: the next record to be read by whoever owns the partition then. */
export interface Committed extends TopicPartition {
  readonly offset: bigint
}

import type { TopicPartition } from './topic-partition.js'

/** An offset that the group has committed: the next record that the owner of the partition reads. */
export interface Committed extends TopicPartition {
  readonly offset: bigint
}

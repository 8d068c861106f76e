import type { TopicPartition } from './topic-partition.js'

/** An offset that the group has stored: the next record for the owner of the partition to read. */
export interface Committed extends TopicPartition {
  readonly offset: bigint
}

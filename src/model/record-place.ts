import type { TopicPartition } from './topic-partition.js'

/** Where a record stands. */
export interface RecordPlace extends TopicPartition {
  readonly offset: bigint
}

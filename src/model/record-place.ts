import type { TopicPartition } from './topic-partition.js'

/** The place of a record. */
export interface RecordPlace extends TopicPartition {
  readonly offset: bigint
}

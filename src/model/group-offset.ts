import type { TopicPartition } from './topic-partition.js'

/** What a group has stored for a partition. */
export interface GroupOffset extends TopicPartition {
  /** null where nothing is stored */
  readonly offset: bigint | null
  /** as it was given with the commit */
  readonly metadata: string
}

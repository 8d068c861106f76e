import type { TopicPartition } from './topic-partition.js'

/** The offset that a group has committed for a partition. */
export interface GroupOffset extends TopicPartition {
  /** null if nothing is committed */
  readonly offset: bigint | null
  /** as it was committed */
  readonly metadata: string
}

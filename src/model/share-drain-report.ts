import type { TopicPartition } from './topic-partition.js'

/**
 * The fate of an acquired record: its acknowledgement took effect (`accept`, `release`, `reject`), or the group does not know
 * it, and may deliver the record again (`lost`).
 */
export type RecordFate = 'accept' | 'release' | 'reject' | 'lost'

/** Consecutive offsets that met the same fate. */
export interface FateOfOffsets {
  readonly first: bigint
  /** inclusive */
  readonly last: bigint
  readonly fate: RecordFate
}

/** The fates of a partition's records that were acquired when the drain began. */
export interface PartitionFates extends TopicPartition {
  readonly accepted: number
  readonly released: number
  readonly rejected: number
  readonly lost: number
  /** in the order of the offsets */
  readonly fates: readonly FateOfOffsets[]
}

/** What `drain()` of a share consumer resolves with. */
export interface ShareDrainReport {
  /**
   * `drained`: everything was acknowledged; `deadline`: the time ran out first, and the rest was released; `aborted`:
   * `close()`, an unsubscription, a fault or the end of the pipeline came first; `under way`: a handler called it, and the
   * drain waits for that handler.
   */
  readonly outcome: 'drained' | 'deadline' | 'aborted' | 'under way'
  readonly partitions: readonly PartitionFates[]
}

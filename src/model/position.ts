import type { TopicPartition } from './topic-partition.js'

/**
 * A place in a partition's log.
 *
 * `'committed'` is the offset that the group has committed; if there is none, `auto.offset.reset` decides. A timestamp
 * (ms since 1970) is the first record at or after it, and the end of the log if there is none.
 */
export type Position = 'beginning' | 'end' | 'committed' | { readonly offset: bigint } | { readonly timestamp: number }

/** Where reading of a partition begins. */
export interface StartPosition extends TopicPartition {
  readonly from: Position
}

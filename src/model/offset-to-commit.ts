import type { Committed } from './committed.js'

/**
 * An offset that the group is to store: the next record to be read. It acknowledges everything below it. It may be lower than the
 * one that is stored: the group goes back to it, the consumer does not.
 */
export interface OffsetToCommit extends Committed {
  /** Stored with it; Kafka allows 4096 characters where `offset.metadata.max.bytes` is not set. @default '' */
  readonly metadata?: string
}

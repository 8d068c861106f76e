import type { Committed } from './committed.js'

/**
 * An offset to commit: the next record to read. It acknowledges every earlier record. It may be lower than the committed one:
 * then the group's offset goes back, and the consumer's position does not.
 */
export interface OffsetToCommit extends Committed {
  /** Committed with it; Kafka allows 4096 characters unless `offset.metadata.max.bytes` is set. @default '' */
  readonly metadata?: string
}

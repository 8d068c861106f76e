import type { Committed } from './committed.js'

/**
 * An offset that the group should commit: the next record to be read. It acknowledges everything below it. It may be
 * lower than the committed one: the group goes back to it, the consumer does not.
 */
export interface OffsetToCommit extends Committed {
  /** Committed with it; Kafka allows 4096 characters unless `offset.metadata.max.bytes` is set. @default '' */
  readonly metadata?: string
}

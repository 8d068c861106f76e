import type { Committed } from './committed.js'

/** An offset that the group is to store: the next record to be read. It acknowledges everything below it. */
export interface OffsetToCommit extends Committed {
  /** Stored with it; Kafka allows 4096 bytes where nothing else is set. @default '' */
  readonly metadata?: string
}

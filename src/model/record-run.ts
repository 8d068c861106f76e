import type { AckTarget } from './acknowledgement.js'
import type { BatchRoom } from './batch-room.js'
import type { ConsumerRecord } from './consumer-record.js'
import type { CodecMissingFault, CorruptBatchFault, OversizedBatchFault } from './fault.js'
import type { TopicPartition } from './topic-partition.js'

/** Why a run cannot be read any further. */
export type UnreadableFault = CorruptBatchFault | OversizedBatchFault | CodecMissingFault

/** Offsets from `from` up to `to`; `missing` of them are no longer in the log. */
export interface Gap {
  readonly from: bigint
  readonly to: bigint
  readonly missing: bigint
}

/**
 * The records of one partition in one fetch, read one by one: each is decoded only when it is requested.
 *
 * Gives only records at or above the requested position, in the order of the log, without control records and (under
 * `read_committed`) without records of aborted transactions.
 */
export interface RecordRun extends TopicPartition {
  /** Size in memory. */
  readonly bytes: number
  /** How many of them are before the batch of the current record. */
  readonly passedBytes: number
  /** The position after everything in this run, records or not: compaction and transaction markers leave gaps. */
  readonly nextOffset: bigint
  /** The partition's leader epoch of the last batch, -1 if unknown. */
  readonly leaderEpoch: number
  /**
   * Moves to the next record. Returns false at the end, where the run cannot be read any further (then `fault` is set),
   * and where there is no room for the next batch (`awaitsRoom`): then it may be called again.
   */
  advance(room?: BatchRoom): boolean
  readonly fault: UnreadableFault | null
  readonly awaitsRoom: boolean
  /** The offset of the current record minus that of `start`, as a number. */
  offsetFrom(start: { readonly base: bigint }): number
  /** Offsets below the last one read that hold no record any more; null if there are none. */
  readonly gap: Gap | null
  /** The leader epoch under which the current record was written, -1 if unknown. */
  readonly recordEpoch: number
  /** The timestamp of the current record, ms since 1970; null before the first. */
  readonly timestamp: number | null
  /** Makes the current record, to be acknowledged as number `seq` of `acks`. */
  record(acks: AckTarget, seq: number): ConsumerRecord
}

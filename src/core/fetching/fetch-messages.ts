import type { Bytes } from '../../model/bytes.js'
import type { TopicPartition } from '../../model/topic-partition.js'
import type { AbortedTransaction } from '../records/aborted-transactions.js'

/** Kafka's numeric error code; 0 is success. */
export type ErrorCode = number

export interface PartitionCode extends TopicPartition {
  readonly code: ErrorCode
}

/** The leader of a partition, as named by a broker that is not the leader (KIP-951). */
export interface CurrentLeader {
  readonly nodeId: number
  readonly leaderEpoch: number
}

export interface FetchRequest {
  readonly maxWaitMs: number
  readonly minBytes: number
  readonly maxBytes: number
  readonly isolation: 'read_uncommitted' | 'read_committed'
  readonly rack: string
  readonly session: FetchSessionStep
  /**
   * Topics are identified by ID. All of them have one, and that holds throughout a session. Brokers without support use names.
   */
  readonly byTopicId: boolean
  /** in a continued session: new partitions, and those whose request has changed */
  readonly partitions: readonly FetchPartition[]
  /** in the session, and no longer requested */
  readonly forgotten: readonly IdentifiedPartition[]
}

/** A partition of one topic, not of an earlier or later topic with the same name; the ID is null if unknown. */
export interface IdentifiedPartition extends TopicPartition {
  readonly topicId: string | null
}

/**
 * The state of a fetch session (KIP-227): the broker remembers the request and answers only changes. Epoch 0 opens a session,
 * in place of the named one (ID 0: none). Epoch -1 requests without a session, and ends the named one.
 */
export interface FetchSessionStep {
  readonly id: number
  readonly epoch: number
}

export interface FetchPartition extends IdentifiedPartition {
  readonly offset: bigint
  readonly leaderEpoch: number
  readonly maxBytes: number
}

export interface FetchResponse {
  readonly code: ErrorCode
  /** 0: the broker keeps no session */
  readonly sessionId: number
  /** in a continued session: only those with news */
  readonly partitions: readonly FetchedPartition[]
}

export interface FetchedPartition extends PartitionCode {
  readonly highWatermark: bigint
  readonly lastStableOffset: bigint
  readonly logStart: bigint
  readonly aborted: readonly AbortedTransaction[]
  /** node id to fetch from instead, -1 for none */
  readonly preferredReplica: number
  /** omitted if the answer names none */
  readonly currentLeader?: CurrentLeader
  /** record batches as they are on the wire; the last may be truncated; null means empty */
  readonly records: Bytes
}

export interface EpochQuery extends TopicPartition {
  /** the leader's epoch as the client knows it, which the broker checks */
  readonly currentLeaderEpoch: number
  /** the epoch whose end is requested */
  readonly leaderEpoch: number
}

/** The largest epoch up to the requested one, and the offset behind its last record; both -1 if none is known. */
export interface EpochEnd extends PartitionCode {
  readonly leaderEpoch: number
  readonly endOffset: bigint
}

import type { Bytes } from '../../model/bytes.js'
import type { TopicPartition } from '../../model/topic-partition.js'
import type { AbortedTransaction } from '../records/aborted-transactions.js'

/** Kafka's numeric error code; 0 is success. */
export type ErrorCode = number

export interface PartitionCode extends TopicPartition {
  readonly code: ErrorCode
}

/** The leader of a partition, in the answer of a broker that is not (KIP-951). */
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
   * Topics are named by their ids, which all of them have: the same throughout a session. Brokers without support use
   * names.
   */
  readonly byTopicId: boolean
  /** in a continued session: only new ones, and those whose request has changed */
  readonly partitions: readonly FetchPartition[]
  /** in the session, and no longer wanted */
  readonly forgotten: readonly IdentifiedPartition[]
}

/**
 * A partition of one topic, and not of another with the same name before or after; the id is null if it is not known.
 */
export interface IdentifiedPartition extends TopicPartition {
  readonly topicId: string | null
}

/**
 * The state of a fetch session (KIP-227): the broker keeps the request and answers only changes. Epoch 0 requests a
 * session, in place of the named one (id 0: none); -1 goes without a session, and ends the named one.
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
  /** left out if the answer names none */
  readonly currentLeader?: CurrentLeader
  /** record batches as they are on the wire; the last may be cut off; null and empty are alike */
  readonly records: Bytes
}

export interface EpochQuery extends TopicPartition {
  /** the leader's epoch as the client knows it, which the broker checks */
  readonly currentLeaderEpoch: number
  /** the epoch whose end is requested */
  readonly leaderEpoch: number
}

/** The largest epoch up to the requested one, and the offset behind its last record; -1 for both if none is known. */
export interface EpochEnd extends PartitionCode {
  readonly leaderEpoch: number
  readonly endOffset: bigint
}

import type {
  CurrentLeader,
  EpochEnd,
  EpochQuery,
  ErrorCode,
  FetchRequest,
  FetchResponse,
  PartitionCode
} from '../core/fetching/fetch-messages.js'
import type {
  ConsumerGroupHeartbeatRequest,
  ConsumerGroupHeartbeatResponse
} from '../core/group/consumer-protocol/heartbeat-messages.js'
import type {
  ShareAcknowledgeRequest,
  ShareAcknowledgeResponse,
  ShareFetchRequest,
  ShareFetchResponse,
  ShareGroupHeartbeatRequest
} from '../core/share/share-messages.js'
import type { Fault } from '../model/fault.js'
import type { BatchAnswer } from '../core/producing/batch-answer.js'
import type { ProducerIdentity } from '../core/producing/producer-batch.js'
import type { GroupMember } from '../model/group-member.js'
import type { TopicPartition } from '../model/topic-partition.js'
import type {
  DescribeGroupResponse,
  JoinGroupRequest,
  JoinGroupResponse,
  LeaveGroupRequest,
  SyncGroupRequest,
  SyncGroupResponse
} from './classic-group-messages.js'
import type { Step } from './step.js'

export type {
  CurrentLeader,
  EpochEnd,
  EpochQuery,
  ErrorCode,
  FetchedPartition,
  FetchPartition,
  FetchRequest,
  FetchResponse,
  IdentifiedPartition,
  PartitionCode
} from '../core/fetching/fetch-messages.js'

/**
 * Kafka's requests as typed data, which a consumer session is written against. One implementation sends them over the wire,
 * another calls the broker model directly.
 *
 * - Error codes are data: Kafka's numbers, separately for each partition.
 * - A Left is a failure of the transport: no answer, no connection, not authenticated, an API that the broker does not support.
 * - Nothing is retried here. A request to the group's coordinator looks it up first; after a code that says that it has moved,
 *   the next request looks it up again.
 * - JoinGroup and SyncGroup never delay heartbeats, commits or fetches.
 */
export interface KafkaCalls {
  metadata(topics: readonly string[] | 'all'): Step<ClusterMetadata>
  joinGroup(request: JoinGroupRequest): Step<JoinGroupResponse>
  syncGroup(request: SyncGroupRequest): Step<SyncGroupResponse>
  heartbeat(member: GroupMember): Step<ErrorCode>
  leaveGroup(request: LeaveGroupRequest): Step<ErrorCode>
  /** The consumer group protocol's only request (KIP-848). */
  consumerGroupHeartbeat(request: ConsumerGroupHeartbeatRequest): Step<ConsumerGroupHeartbeatResponse>
  describeGroup(groupId: string): Step<DescribeGroupResponse>
  offsetCommit(request: OffsetCommitRequest): Step<readonly PartitionCode[]>
  /** `member`: the identity, if the group checks it (the consumer protocol); null: none. */
  offsetFetch(
    groupId: string,
    partitions: readonly PartitionOfTopic[],
    member?: Pick<GroupMember, 'memberId' | 'generation'> | null
  ): Step<OffsetFetchResponse>
  listOffsets(nodeId: number, request: ListOffsetsRequest): Step<readonly ListedOffset[]>
  fetch(nodeId: number, request: FetchRequest): Step<FetchResponse>
  /** The end of an older leader epoch's log, as known by the partition's leader. */
  offsetForLeaderEpoch(nodeId: number, partitions: readonly EpochQuery[]): Step<readonly EpochEnd[]>
  /** Ends every connection at once; requests in flight end with a `ClosedFault`. */
  close(): void
}

/**
 * Kafka's requests for a member of a share group, on the same terms. ShareFetch and ShareAcknowledge to one node use one
 * connection: the broker ends the share session with it.
 */
export interface ShareCalls extends Pick<KafkaCalls, 'metadata' | 'close'> {
  shareGroupHeartbeat(request: ShareGroupHeartbeatRequest): Step<ConsumerGroupHeartbeatResponse>
  shareFetch(nodeId: number, request: ShareFetchRequest): Step<ShareFetchResponse>
  shareAcknowledge(nodeId: number, request: ShareAcknowledgeRequest): Step<ShareAcknowledgeResponse>
  /** Requests the group's lag in all of its partitions from its coordinator. */
  shareGroupLag(groupId: string): Step<ShareGroupLagResponse>
}

export interface ShareGroupLagResponse {
  readonly code: ErrorCode
  /** below 0 if the broker does not count it */
  readonly partitions: readonly (TopicPartition & { readonly lag: bigint })[]
}

/** Kafka's requests for a producer, on the same terms. */
export interface ProduceCalls {
  metadata(topics: readonly string[]): Step<ClusterMetadata>
  /** Requests to one node are sent in the order of the calls. Under `acks` 0 the answer is empty. */
  produce(nodeId: number, request: ProduceRequest): Step<readonly ProducedBatch[], Unanswered>
  initProducerId(request: InitProducerIdRequest): Step<InitProducerIdResponse>
  close(): void
}

/** Kafka's further requests for transactions; those to the transaction coordinator look it up first. */
export interface TransactionCalls extends ProduceCalls {
  /** The cluster's transaction version. */
  transactionVersion(): Step<TransactionVersion>
  /** Version 1: adds these partitions to the transaction before they are written to. */
  addPartitionsToTxn(
    request: ProducerEpoch & { readonly partitions: readonly TopicPartition[] }
  ): Step<readonly PartitionCode[]>
  /** Version 1: adds the group to the transaction before its offsets are committed. */
  addOffsetsToTxn(request: ProducerEpoch & { readonly groupId: string }): Step<ErrorCode>
  /** Goes to the group's coordinator, which refuses a member of an older generation. */
  txnOffsetCommit(request: ProducerEpoch & OffsetCommitRequest): Step<readonly PartitionCode[]>
  endTxn(request: EndTxnRequest): Step<EndTxnResponse>
}

/**
 * The version of transactions. Under 2 (KIP-890) partitions and groups join a transaction when they are written to, and each
 * end gives the producer a new epoch, so that late requests cannot get into the next transaction.
 */
export type TransactionVersion = 1 | 2

/** A transactional ID and its transaction version. */
export interface TransactionsOf {
  readonly transactionalId: string
  readonly version: TransactionVersion
}

/** The identity of a transactional producer. */
export interface ProducerEpoch extends TransactionsOf, ProducerIdentity {}

export interface EndTxnRequest extends ProducerEpoch {
  readonly commit: boolean
}

export interface EndTxnResponse {
  readonly code: ErrorCode
  /** the producer's next identity; null if it is unchanged */
  readonly identity: ProducerIdentity | null
}

/** A failed request; `sent` is false only if it certainly was not sent. */
export interface Unanswered {
  readonly fault: Fault
  readonly sent: boolean
}

/** A partition with the ID of its topic. */
export interface PartitionOfTopic extends TopicPartition {
  /** Omitted or null if unknown. Brokers without support for IDs use the name. */
  readonly topicId?: string | null
}

export interface ProduceRequest {
  /** null: no transaction */
  readonly transaction: TransactionsOf | null
  readonly acks: 0 | 1 | 'all'
  /** how long the leader may wait for its replicas */
  readonly timeoutMs: number
  /** one record batch for each partition */
  readonly batches: readonly (PartitionOfTopic & { readonly bytes: Uint8Array })[]
}

export interface ProducedBatch extends TopicPartition, BatchAnswer {
  /** omitted if the answer names none */
  readonly currentLeader?: CurrentLeader
}

export interface InitProducerIdRequest {
  readonly transactionalId: string | null
  readonly transactionTimeoutMs: number
  /** the producer's identity so far, so that the broker can say if another took over; -1 for none */
  readonly producerId: bigint
  readonly epoch: number
}

export interface InitProducerIdResponse {
  readonly code: ErrorCode
  readonly producerId: bigint
  readonly epoch: number
}

export interface ClusterMetadata {
  readonly brokers: readonly {
    readonly nodeId: number
    readonly host: string
    readonly port: number
    readonly rack: string | null
  }[]
  readonly topics: readonly TopicMetadata[]
}

export interface TopicMetadata {
  readonly topic: string
  /**
   * distinguishes the topic from others of its name, in Kafka's notation; null if the broker sends none, or the topic is
   * missing
   */
  readonly topicId: string | null
  readonly code: ErrorCode
  readonly internal: boolean
  readonly partitions: readonly PartitionMetadata[]
}

export interface PartitionMetadata {
  readonly partition: number
  readonly code: ErrorCode
  /** node ID; -1 if there is none */
  readonly leader: number
  readonly leaderEpoch: number
  readonly replicas: readonly number[]
}

export type { ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse, GroupMember }
export type {
  DescribeGroupResponse,
  JoinGroupRequest,
  JoinGroupResponse,
  LeaveGroupRequest,
  SyncGroupRequest,
  SyncGroupResponse
}
export type {
  ShareAcknowledgeRequest,
  ShareAcknowledgeResponse,
  ShareFetchRequest,
  ShareFetchResponse,
  ShareGroupHeartbeatRequest
}

export interface OffsetCommitRequest extends GroupMember {
  readonly offsets: readonly (PartitionOfTopic & {
    readonly offset: bigint
    readonly leaderEpoch: number
    readonly metadata: string
  })[]
}

export interface OffsetFetchResponse {
  readonly code: ErrorCode
  /** offset -1 if nothing is committed; code 88 (UNSTABLE_OFFSET_COMMIT) while a transaction is open */
  readonly offsets: readonly (PartitionCode & {
    readonly offset: bigint
    readonly leaderEpoch: number
    readonly metadata: string
  })[]
}

export interface ListOffsetsRequest {
  readonly isolation: 'read_uncommitted' | 'read_committed'
  /** timestamp -1: the end, -2: the start */
  readonly partitions: readonly (TopicPartition & { readonly timestamp: number; readonly leaderEpoch: number })[]
}

/** offset -1 if there is no record at or after the timestamp */
export interface ListedOffset extends PartitionCode {
  readonly offset: bigint
  readonly leaderEpoch: number
}

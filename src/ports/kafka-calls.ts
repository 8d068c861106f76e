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
 * Kafka's requests as typed data: what a consumer session is written against. One implementation sends them over the wire,
 * another asks the broker model directly.
 *
 * - Error codes are data, by number, as Kafka gave them, for each partition on its own.
 * - A Left is a failure of the transport: no answer, no connection, not authenticated, an API that the broker lacks.
 * - Nothing is retried within. A request to the group's coordinator finds it first; a code that says that it has moved
 *   makes the next request look again.
 * - JoinGroup and SyncGroup never hold up heartbeats, commits or fetches.
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
  /** `member`: as whom, where the group checks that (the consumer protocol); null: as anybody. */
  offsetFetch(
    groupId: string,
    partitions: readonly PartitionOfTopic[],
    member?: Pick<GroupMember, 'memberId' | 'generation'> | null
  ): Step<OffsetFetchResponse>
  listOffsets(nodeId: number, request: ListOffsetsRequest): Step<readonly ListedOffset[]>
  fetch(nodeId: number, request: FetchRequest): Step<FetchResponse>
  /** Where the log of an older leader epoch ends, as the partition's leader knows it. */
  offsetForLeaderEpoch(nodeId: number, partitions: readonly EpochQuery[]): Step<readonly EpochEnd[]>
  /** Ends every connection at once; requests under way end with a `ClosedFault`. */
  close(): void
}

/**
 * Kafka's requests that a member of a share group needs, on the same terms. ShareFetch and ShareAcknowledge to one node go over
 * one connection: the broker ends the share session with it.
 */
export interface ShareCalls extends Pick<KafkaCalls, 'metadata' | 'close'> {
  shareGroupHeartbeat(request: ShareGroupHeartbeatRequest): Step<ConsumerGroupHeartbeatResponse>
  shareFetch(nodeId: number, request: ShareFetchRequest): Step<ShareFetchResponse>
  shareAcknowledge(nodeId: number, request: ShareAcknowledgeRequest): Step<ShareAcknowledgeResponse>
  /** Asks the group's coordinator how far the group is behind, in all of its partitions. */
  shareGroupLag(groupId: string): Step<ShareGroupLagResponse>
}

export interface ShareGroupLagResponse {
  readonly code: ErrorCode
  /** below 0 where the broker does not count it */
  readonly partitions: readonly (TopicPartition & { readonly lag: bigint })[]
}

/** Kafka's requests that a producer needs, on the same terms. */
export interface ProduceCalls {
  metadata(topics: readonly string[]): Step<ClusterMetadata>
  /** Requests to one node are sent in the order of the calls. Under `acks` 0 the answer is empty. */
  produce(nodeId: number, request: ProduceRequest): Step<readonly ProducedBatch[], Unanswered>
  initProducerId(request: InitProducerIdRequest): Step<InitProducerIdResponse>
  close(): void
}

/** Kafka's requests that transactions need besides; those to the transaction's coordinator find it first. */
export interface TransactionCalls extends ProduceCalls {
  /** By which rules the cluster has transactions. */
  transactionVersion(): Step<TransactionVersion>
  /** Version 1: from then on what is written to these partitions belongs to the transaction. */
  addPartitionsToTxn(
    request: ProducerEpoch & { readonly partitions: readonly TopicPartition[] }
  ): Step<readonly PartitionCode[]>
  /** Version 1: from then on the group's offsets may be committed in the transaction. */
  addOffsetsToTxn(request: ProducerEpoch & { readonly groupId: string }): Step<ErrorCode>
  /** Goes to the group's coordinator: a member of an older generation is refused. */
  txnOffsetCommit(request: ProducerEpoch & OffsetCommitRequest): Step<readonly PartitionCode[]>
  endTxn(request: EndTxnRequest): Step<EndTxnResponse>
}

/**
 * The rules of transactions. Under 2 (KIP-890) partitions and groups join a transaction by what is written to them, and each
 * end gives the producer a new epoch: nothing that comes late can get into the next one.
 */
export type TransactionVersion = 1 | 2

/** The transactions of an id, and the rules that they go by. */
export interface TransactionsOf {
  readonly transactionalId: string
  readonly version: TransactionVersion
}

/** Who a transaction's producer is. */
export interface ProducerEpoch extends TransactionsOf, ProducerIdentity {}

export interface EndTxnRequest extends ProducerEpoch {
  readonly commit: boolean
}

export interface EndTxnResponse {
  readonly code: ErrorCode
  /** who the producer is from now on; null where that has not changed */
  readonly identity: ProducerIdentity | null
}

/** A request failed; `sent` unless it certainly never left. */
export interface Unanswered {
  readonly fault: Fault
  readonly sent: boolean
}

/** A partition, and which topic of that name it is of. */
export interface PartitionOfTopic extends TopicPartition {
  /** Left out or null where that is not known. Brokers that take no ids go by the name. */
  readonly topicId?: string | null
}

export interface ProduceRequest {
  /** null: what is written belongs to none */
  readonly transaction: TransactionsOf | null
  readonly acks: 0 | 1 | 'all'
  /** how long the leader may wait for its replicas */
  readonly timeoutMs: number
  /** one record batch for each partition */
  readonly batches: readonly (PartitionOfTopic & { readonly bytes: Uint8Array })[]
}

export interface ProducedBatch extends TopicPartition, BatchAnswer {
  /** left out where the answer names none */
  readonly currentLeader?: CurrentLeader
}

export interface InitProducerIdRequest {
  readonly transactionalId: string | null
  readonly transactionTimeoutMs: number
  /** its identity so far, so that the broker can say if another took over; -1 for none */
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
  /** tells it from others of its name, as Kafka prints it; null where the broker says none, or there is no such topic */
  readonly topicId: string | null
  readonly code: ErrorCode
  readonly internal: boolean
  readonly partitions: readonly PartitionMetadata[]
}

export interface PartitionMetadata {
  readonly partition: number
  readonly code: ErrorCode
  /** node id, -1 where there is none */
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
  /** offset -1 where nothing is stored; code 88 (UNSTABLE_OFFSET_COMMIT) while a transaction is open */
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

/** offset -1 where no record is at or after the timestamp */
export interface ListedOffset extends PartitionCode {
  readonly offset: bigint
  readonly leaderEpoch: number
}

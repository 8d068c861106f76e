import type { ErrorName } from './error-code.js'

/**
 * What a table of error codes decides. Each table has a section in docs/error-codes.md.
 *
 * - `Produce`: what happens to a batch (`core/producing/produce-verdict.ts`).
 * - `InitProducerId`: whether a producer gets an ID (`core/producing/producer-id-verdict.ts`).
 * - `transaction`: what happens to a transaction, after any of its requests (`core/producing/transaction-verdict.ts`).
 * - `group answer`: what JoinGroup, SyncGroup, Heartbeat and a refused commit say about a member
 *   (`core/group/group-verdict.ts`).
 * - `group refusal`: why a group refuses a member permanently (`core/group/group-fault.ts`).
 * - `ConsumerGroupHeartbeat`: the same under KIP-848 (`core/group/consumer-protocol/heartbeat-verdict.ts`).
 * - `Fetch`: how reading a partition continues, after Fetch and OffsetForLeaderEpoch (`core/fetching/fetch-verdict.ts`).
 * - `fetch session`: how a fetch session continues (`core/fetching/fetch-verdict.ts`).
 * - `OffsetCommit`, `OffsetFetch`: what happens to a commit, and to the look-up of committed offsets
 *   (`core/committing/offset-verdicts.ts`).
 * - `offset look-up`: whether a partition's offset is known, in ListOffsets and OffsetFetch
 *   (`core/committing/offset-verdicts.ts`).
 * - `Metadata`: what is known of a topic (`core/protocol/topic-verdict.ts`).
 * - `coordinator`: whether to look up a coordinator again, after any request to it (`core/protocol/coordinator-verdict.ts`).
 * - `client telemetry`: when metrics are pushed again (`core/telemetry/telemetry-verdict.ts`).
 * - `FindCoordinator`: whether there is a coordinator (`core/protocol/find-coordinator-verdict.ts`).
 * - `SASL`: whether a broker accepts an authentication (`core/protocol/sasl-verdict.ts`).
 * - `ShareGroupHeartbeat`, `share session`, `ShareFetch`, `ShareAcknowledge`: what happens to a share group's member, its share
 *   session, its fetches and its acknowledgements (`core/share/share-verdicts.ts`).
 * - `admin request`, `CreateTopics`, `group description`, `setOffsets`: what happens to an admin client's requests
 *   (`core/protocol/admin-verdicts.ts`).
 */
export type Decision =
  | 'Produce'
  | 'InitProducerId'
  | 'transaction'
  | 'group answer'
  | 'group refusal'
  | 'ConsumerGroupHeartbeat'
  | 'Fetch'
  | 'fetch session'
  | 'OffsetCommit'
  | 'OffsetFetch'
  | 'offset look-up'
  | 'Metadata'
  | 'coordinator'
  | 'client telemetry'
  | 'FindCoordinator'
  | 'SASL'
  | 'ShareGroupHeartbeat'
  | 'share session'
  | 'ShareFetch'
  | 'ShareAcknowledge'
  | 'admin request'
  | 'CreateTopics'
  | 'group description'
  | 'setOffsets'

/**
 * The decisions that depend on each code; `never` if none does, so that each table treats it as any other code. A new error
 * code does not compile without a row here, nor does a table without a row for each of its codes.
 */
interface DecisionsBy {
  UNKNOWN_SERVER_ERROR: never
  NONE:
    | 'Produce'
    | 'transaction'
    | 'group answer'
    | 'ConsumerGroupHeartbeat'
    | 'Fetch'
    | 'fetch session'
    | 'OffsetCommit'
    | 'OffsetFetch'
    | 'InitProducerId'
    | 'Metadata'
    | 'client telemetry'
    | 'FindCoordinator'
    | 'SASL'
    | 'ShareGroupHeartbeat'
    | 'share session'
    | 'ShareFetch'
    | 'ShareAcknowledge'
    | 'admin request'
    | 'CreateTopics'
    | 'group description'
    | 'setOffsets'
    | 'offset look-up'
  OFFSET_OUT_OF_RANGE: 'Fetch'
  CORRUPT_MESSAGE: 'Produce' | 'Fetch'
  UNKNOWN_TOPIC_OR_PARTITION: 'Produce' | 'transaction' | 'OffsetCommit' | 'Metadata'
  INVALID_FETCH_SIZE: never
  LEADER_NOT_AVAILABLE: 'Produce' | 'Metadata' | 'admin request'
  NOT_LEADER_OR_FOLLOWER: 'Produce' | 'admin request'
  REQUEST_TIMED_OUT: 'Produce' | 'transaction' | 'InitProducerId' | 'coordinator'
  BROKER_NOT_AVAILABLE: never
  REPLICA_NOT_AVAILABLE: 'Produce'
  MESSAGE_TOO_LARGE: 'Produce'
  STALE_CONTROLLER_EPOCH: never
  OFFSET_METADATA_TOO_LARGE: 'OffsetCommit'
  NETWORK_EXCEPTION: 'Produce' | 'transaction' | 'InitProducerId'
  COORDINATOR_LOAD_IN_PROGRESS:
    'Produce' | 'transaction' | 'InitProducerId' | 'coordinator' | 'ShareAcknowledge' | 'admin request'
  COORDINATOR_NOT_AVAILABLE:
    | 'Produce'
    | 'transaction'
    | 'InitProducerId'
    | 'coordinator'
    | 'FindCoordinator'
    | 'ShareAcknowledge'
    | 'admin request'
  NOT_COORDINATOR: 'Produce' | 'transaction' | 'InitProducerId' | 'coordinator' | 'ShareAcknowledge' | 'admin request'
  INVALID_TOPIC_EXCEPTION: 'Produce' | 'Metadata'
  RECORD_LIST_TOO_LARGE: 'Produce'
  NOT_ENOUGH_REPLICAS: 'Produce'
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: 'Produce'
  INVALID_REQUIRED_ACKS: 'Produce'
  ILLEGAL_GENERATION: 'transaction' | 'group answer' | 'OffsetCommit' | 'setOffsets'
  INCONSISTENT_GROUP_PROTOCOL: 'group refusal'
  INVALID_GROUP_ID: 'group refusal' | 'ConsumerGroupHeartbeat' | 'ShareGroupHeartbeat'
  UNKNOWN_MEMBER_ID:
    | 'transaction'
    | 'group answer'
    | 'ConsumerGroupHeartbeat'
    | 'OffsetCommit'
    | 'OffsetFetch'
    | 'ShareGroupHeartbeat'
    | 'setOffsets'
  INVALID_SESSION_TIMEOUT: 'group refusal'
  REBALANCE_IN_PROGRESS: 'transaction' | 'group answer'
  INVALID_COMMIT_OFFSET_SIZE: 'OffsetCommit'
  TOPIC_AUTHORIZATION_FAILED:
    | 'Produce'
    | 'transaction'
    | 'ConsumerGroupHeartbeat'
    | 'Fetch'
    | 'OffsetCommit'
    | 'Metadata'
    | 'ShareGroupHeartbeat'
    | 'ShareFetch'
    | 'admin request'
    | 'offset look-up'
  GROUP_AUTHORIZATION_FAILED:
    | 'transaction'
    | 'group refusal'
    | 'ConsumerGroupHeartbeat'
    | 'OffsetCommit'
    | 'OffsetFetch'
    | 'FindCoordinator'
    | 'ShareGroupHeartbeat'
    | 'share session'
    | 'admin request'
  CLUSTER_AUTHORIZATION_FAILED: 'Produce' | 'transaction' | 'InitProducerId' | 'admin request'
  INVALID_TIMESTAMP: 'Produce'
  UNSUPPORTED_SASL_MECHANISM: 'SASL'
  ILLEGAL_SASL_STATE: 'SASL'
  UNSUPPORTED_VERSION:
    | 'Produce'
    | 'transaction'
    | 'group refusal'
    | 'ConsumerGroupHeartbeat'
    | 'client telemetry'
    | 'ShareGroupHeartbeat'
    | 'group description'
  TOPIC_ALREADY_EXISTS: 'CreateTopics'
  INVALID_PARTITIONS: never
  INVALID_REPLICATION_FACTOR: never
  INVALID_REPLICA_ASSIGNMENT: never
  INVALID_CONFIG: never
  NOT_CONTROLLER: 'admin request' | 'CreateTopics'
  INVALID_REQUEST: 'ConsumerGroupHeartbeat' | 'client telemetry' | 'ShareGroupHeartbeat'
  UNSUPPORTED_FOR_MESSAGE_FORMAT: 'Produce'
  POLICY_VIOLATION: 'Produce'
  OUT_OF_ORDER_SEQUENCE_NUMBER: 'Produce'
  DUPLICATE_SEQUENCE_NUMBER: 'Produce'
  INVALID_PRODUCER_EPOCH: 'Produce' | 'transaction'
  INVALID_TXN_STATE: 'Produce' | 'transaction'
  INVALID_PRODUCER_ID_MAPPING: 'Produce' | 'transaction'
  INVALID_TRANSACTION_TIMEOUT: 'transaction'
  CONCURRENT_TRANSACTIONS: 'Produce' | 'transaction' | 'InitProducerId'
  TRANSACTION_COORDINATOR_FENCED: 'transaction'
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: 'Produce' | 'transaction' | 'FindCoordinator' | 'admin request'
  SECURITY_DISABLED: never
  OPERATION_NOT_ATTEMPTED: 'transaction'
  KAFKA_STORAGE_ERROR: 'Produce'
  LOG_DIR_NOT_FOUND: never
  SASL_AUTHENTICATION_FAILED: 'SASL'
  UNKNOWN_PRODUCER_ID: 'Produce'
  REASSIGNMENT_IN_PROGRESS: never
  DELEGATION_TOKEN_AUTH_DISABLED: never
  DELEGATION_TOKEN_NOT_FOUND: never
  DELEGATION_TOKEN_OWNER_MISMATCH: never
  DELEGATION_TOKEN_REQUEST_NOT_ALLOWED: never
  DELEGATION_TOKEN_AUTHORIZATION_FAILED: never
  DELEGATION_TOKEN_EXPIRED: never
  INVALID_PRINCIPAL_TYPE: never
  NON_EMPTY_GROUP: never
  GROUP_ID_NOT_FOUND:
    | 'group answer'
    | 'ConsumerGroupHeartbeat'
    | 'OffsetCommit'
    | 'ShareGroupHeartbeat'
    | 'group description'
    | 'setOffsets'
  FETCH_SESSION_ID_NOT_FOUND: 'fetch session'
  INVALID_FETCH_SESSION_EPOCH: 'fetch session'
  LISTENER_NOT_FOUND: never
  TOPIC_DELETION_DISABLED: never
  FENCED_LEADER_EPOCH: 'Produce'
  UNKNOWN_LEADER_EPOCH: never
  UNSUPPORTED_COMPRESSION_TYPE: 'Produce' | 'client telemetry'
  STALE_BROKER_EPOCH: never
  OFFSET_NOT_AVAILABLE: never
  MEMBER_ID_REQUIRED: 'group answer'
  PREFERRED_LEADER_NOT_AVAILABLE: never
  GROUP_MAX_SIZE_REACHED: 'group refusal' | 'ConsumerGroupHeartbeat' | 'ShareGroupHeartbeat'
  FENCED_INSTANCE_ID: 'transaction' | 'group refusal' | 'ConsumerGroupHeartbeat' | 'OffsetCommit'
  ELIGIBLE_LEADERS_NOT_AVAILABLE: never
  ELECTION_NOT_NEEDED: never
  NO_REASSIGNMENT_IN_PROGRESS: never
  GROUP_SUBSCRIBED_TO_TOPIC: never
  INVALID_RECORD: 'Produce' | 'client telemetry'
  UNSTABLE_OFFSET_COMMIT: never
  THROTTLING_QUOTA_EXCEEDED: 'Produce'
  PRODUCER_FENCED: 'Produce' | 'transaction'
  RESOURCE_NOT_FOUND: never
  DUPLICATE_RESOURCE: never
  UNACCEPTABLE_CREDENTIAL: never
  INCONSISTENT_VOTER_SET: never
  INVALID_UPDATE_VERSION: never
  FEATURE_UPDATE_FAILED: never
  PRINCIPAL_DESERIALIZATION_FAILURE: never
  SNAPSHOT_NOT_FOUND: never
  POSITION_OUT_OF_RANGE: never
  UNKNOWN_TOPIC_ID: 'Produce' | 'OffsetCommit' | 'offset look-up'
  DUPLICATE_BROKER_REGISTRATION: never
  BROKER_ID_NOT_REGISTERED: never
  INCONSISTENT_TOPIC_ID: never
  INCONSISTENT_CLUSTER_ID: never
  TRANSACTIONAL_ID_NOT_FOUND: never
  FETCH_SESSION_TOPIC_ID_ERROR: 'fetch session'
  INELIGIBLE_REPLICA: never
  NEW_LEADER_ELECTED: never
  OFFSET_MOVED_TO_TIERED_STORAGE: never
  FENCED_MEMBER_EPOCH: 'ConsumerGroupHeartbeat' | 'ShareGroupHeartbeat'
  UNRELEASED_INSTANCE_ID: 'ConsumerGroupHeartbeat'
  UNSUPPORTED_ASSIGNOR: 'ConsumerGroupHeartbeat'
  STALE_MEMBER_EPOCH: 'ConsumerGroupHeartbeat' | 'OffsetFetch' | 'OffsetCommit'
  MISMATCHED_ENDPOINT_TYPE: never
  UNSUPPORTED_ENDPOINT_TYPE: never
  UNKNOWN_CONTROLLER_ID: never
  UNKNOWN_SUBSCRIPTION_ID: 'client telemetry'
  TELEMETRY_TOO_LARGE: never
  INVALID_REGISTRATION: never
  TRANSACTION_ABORTABLE: 'Produce' | 'transaction'
  INVALID_RECORD_STATE: 'ShareAcknowledge'
  SHARE_SESSION_NOT_FOUND: 'share session'
  INVALID_SHARE_SESSION_EPOCH: 'share session'
  FENCED_STATE_EPOCH: never
  INVALID_VOTER_KEY: never
  DUPLICATE_VOTER: never
  VOTER_NOT_FOUND: never
  INVALID_REGULAR_EXPRESSION: 'ConsumerGroupHeartbeat'
  REBOOTSTRAP_REQUIRED: never
  STREAMS_INVALID_TOPOLOGY: never
  STREAMS_INVALID_TOPOLOGY_EPOCH: never
  STREAMS_TOPOLOGY_FENCED: never
  SHARE_SESSION_LIMIT_REACHED: never
}

/** The names of the codes on which a decision depends. */
export type CodesOf<D extends Decision> = {
  [Name in ErrorName]: D extends DecisionsBy[Name] ? Name : never
}[ErrorName]

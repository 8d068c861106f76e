import type { ErrorName } from './error-code.js'

/**
 * What is decided by a table of error codes:
 *
 * - `Produce`: what becomes of a batch (`produce-verdict.ts`).
 * - `transaction`: what becomes of a transaction, after any of its requests (`transaction-verdict.ts`).
 * - `group refusal`: why a group refuses a member permanently (`group-fault.ts`).
 */
export type Decision = 'Produce' | 'transaction' | 'group refusal'

/**
 * The decisions that depend on each code; `never` if none does, so that each table treats it as any other code. A new error code
 * does not compile until it has a row here, and neither does a table without a row for each of its codes.
 */
interface DecisionsBy {
  UNKNOWN_SERVER_ERROR: never
  NONE: 'Produce' | 'transaction'
  OFFSET_OUT_OF_RANGE: never
  CORRUPT_MESSAGE: 'Produce'
  UNKNOWN_TOPIC_OR_PARTITION: 'Produce' | 'transaction'
  INVALID_FETCH_SIZE: never
  LEADER_NOT_AVAILABLE: 'Produce'
  NOT_LEADER_OR_FOLLOWER: 'Produce'
  REQUEST_TIMED_OUT: 'Produce' | 'transaction'
  BROKER_NOT_AVAILABLE: never
  REPLICA_NOT_AVAILABLE: 'Produce'
  MESSAGE_TOO_LARGE: 'Produce'
  STALE_CONTROLLER_EPOCH: never
  OFFSET_METADATA_TOO_LARGE: never
  NETWORK_EXCEPTION: 'Produce' | 'transaction'
  COORDINATOR_LOAD_IN_PROGRESS: 'Produce' | 'transaction'
  COORDINATOR_NOT_AVAILABLE: 'Produce' | 'transaction'
  NOT_COORDINATOR: 'Produce' | 'transaction'
  INVALID_TOPIC_EXCEPTION: 'Produce'
  RECORD_LIST_TOO_LARGE: 'Produce'
  NOT_ENOUGH_REPLICAS: 'Produce'
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: 'Produce'
  INVALID_REQUIRED_ACKS: 'Produce'
  ILLEGAL_GENERATION: 'transaction'
  INCONSISTENT_GROUP_PROTOCOL: 'group refusal'
  INVALID_GROUP_ID: 'group refusal'
  UNKNOWN_MEMBER_ID: 'transaction'
  INVALID_SESSION_TIMEOUT: 'group refusal'
  REBALANCE_IN_PROGRESS: 'transaction'
  INVALID_COMMIT_OFFSET_SIZE: never
  TOPIC_AUTHORIZATION_FAILED: 'Produce' | 'transaction'
  GROUP_AUTHORIZATION_FAILED: 'transaction' | 'group refusal'
  CLUSTER_AUTHORIZATION_FAILED: 'Produce' | 'transaction'
  INVALID_TIMESTAMP: 'Produce'
  UNSUPPORTED_SASL_MECHANISM: never
  ILLEGAL_SASL_STATE: never
  UNSUPPORTED_VERSION: 'Produce' | 'transaction' | 'group refusal'
  TOPIC_ALREADY_EXISTS: never
  INVALID_PARTITIONS: never
  INVALID_REPLICATION_FACTOR: never
  INVALID_REPLICA_ASSIGNMENT: never
  INVALID_CONFIG: never
  NOT_CONTROLLER: never
  INVALID_REQUEST: never
  UNSUPPORTED_FOR_MESSAGE_FORMAT: 'Produce'
  POLICY_VIOLATION: 'Produce'
  OUT_OF_ORDER_SEQUENCE_NUMBER: 'Produce'
  DUPLICATE_SEQUENCE_NUMBER: 'Produce'
  INVALID_PRODUCER_EPOCH: 'Produce' | 'transaction'
  INVALID_TXN_STATE: 'Produce'
  INVALID_PRODUCER_ID_MAPPING: 'Produce'
  INVALID_TRANSACTION_TIMEOUT: 'transaction'
  CONCURRENT_TRANSACTIONS: 'Produce' | 'transaction'
  TRANSACTION_COORDINATOR_FENCED: 'transaction'
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: 'Produce' | 'transaction'
  SECURITY_DISABLED: never
  OPERATION_NOT_ATTEMPTED: never
  KAFKA_STORAGE_ERROR: 'Produce'
  LOG_DIR_NOT_FOUND: never
  SASL_AUTHENTICATION_FAILED: never
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
  GROUP_ID_NOT_FOUND: never
  FETCH_SESSION_ID_NOT_FOUND: never
  INVALID_FETCH_SESSION_EPOCH: never
  LISTENER_NOT_FOUND: never
  TOPIC_DELETION_DISABLED: never
  FENCED_LEADER_EPOCH: 'Produce'
  UNKNOWN_LEADER_EPOCH: never
  UNSUPPORTED_COMPRESSION_TYPE: 'Produce'
  STALE_BROKER_EPOCH: never
  OFFSET_NOT_AVAILABLE: never
  MEMBER_ID_REQUIRED: never
  PREFERRED_LEADER_NOT_AVAILABLE: never
  GROUP_MAX_SIZE_REACHED: 'group refusal'
  FENCED_INSTANCE_ID: 'transaction' | 'group refusal'
  ELIGIBLE_LEADERS_NOT_AVAILABLE: never
  ELECTION_NOT_NEEDED: never
  NO_REASSIGNMENT_IN_PROGRESS: never
  GROUP_SUBSCRIBED_TO_TOPIC: never
  INVALID_RECORD: 'Produce'
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
  UNKNOWN_TOPIC_ID: 'Produce'
  DUPLICATE_BROKER_REGISTRATION: never
  BROKER_ID_NOT_REGISTERED: never
  INCONSISTENT_TOPIC_ID: never
  INCONSISTENT_CLUSTER_ID: never
  TRANSACTIONAL_ID_NOT_FOUND: never
  FETCH_SESSION_TOPIC_ID_ERROR: never
  INELIGIBLE_REPLICA: never
  NEW_LEADER_ELECTED: never
  OFFSET_MOVED_TO_TIERED_STORAGE: never
  FENCED_MEMBER_EPOCH: never
  UNRELEASED_INSTANCE_ID: never
  UNSUPPORTED_ASSIGNOR: never
  STALE_MEMBER_EPOCH: never
  MISMATCHED_ENDPOINT_TYPE: never
  UNSUPPORTED_ENDPOINT_TYPE: never
  UNKNOWN_CONTROLLER_ID: never
  UNKNOWN_SUBSCRIPTION_ID: never
  TELEMETRY_TOO_LARGE: never
  INVALID_REGISTRATION: never
  TRANSACTION_ABORTABLE: 'Produce' | 'transaction'
  INVALID_RECORD_STATE: never
  SHARE_SESSION_NOT_FOUND: never
  INVALID_SHARE_SESSION_EPOCH: never
  FENCED_STATE_EPOCH: never
  INVALID_VOTER_KEY: never
  DUPLICATE_VOTER: never
  VOTER_NOT_FOUND: never
  INVALID_REGULAR_EXPRESSION: never
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

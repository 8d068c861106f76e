// Consuming
export { consumer } from './sources/consumer/consumer.js'
export type { Consumer } from './sources/consumer/consumer.js'
export type { LeaveOptions } from './sources/consumer/leave-options.js'
export type { TimeQuery } from './sources/consumer/offset-lookups.js'
export type { FoundOffset } from './model/found-offset.js'
export type { GroupOffset } from './model/group-offset.js'
export type { PositionUpdatesOptions } from './sources/consumer/position-updates.js'
export { assign } from './config/assign.js'
export { subscribe } from './config/subscribe.js'
export type { AssignmentStrategy } from './config/assignment-strategy.js'
export type { ConsumerConfig } from './config/consumer-config.js'
export type { StartFrom } from './config/start-from.js'
export type { Subscribed } from './config/subscribed.js'
export { eachPartition } from './operators/each-partition.js'
export type { EachPartitionOptions } from './operators/each-partition.js'

// Share groups
export { shareConsumer } from './sources/consumer/share/share-consumer.js'
export type { ShareConsumer } from './sources/consumer/share/share-consumer.js'
export type { ShareConsumerConfig } from './config/share-consumer-config.js'
export type { ShareLeaveOptions } from './sources/consumer/share/cluster-share-consumer.js'
export type { AcknowledgementEvent } from './model/acknowledgement-event.js'
export type { FateOfOffsets, PartitionFates, RecordFate, ShareDrainReport } from './model/share-drain-report.js'
export type { SharePartitionLag, SharePhase, ShareStatus } from './model/share-status.js'
export type { NoOffsets, NotShared, Shared } from './model/shared.js'

// Decoding
export { attempt } from './codecs/attempt.js'
export { bytes } from './codecs/bytes.js'
export type { Codec } from './codecs/codec.js'
export { compiled } from './codecs/compiled.js'
export type { ValueCodec } from './codecs/compiled.js'
export { finite, safeInteger } from './codecs/exact-numbers.js'
export { json } from './codecs/json.js'
export type { JsonOptions } from './codecs/json.js'
export { nullable } from './codecs/nullable.js'
export { float32, float64, int16, int32, int64 } from './codecs/numbers.js'
export type { StandardSchema } from './codecs/standard-schema.js'
export { utf8 } from './codecs/utf8.js'
export { deserialize } from './operators/deserialize.js'
export type { DeserializeCodecs, DeserializeOptions } from './operators/deserialize.js'

// Processing
export { delayUntil } from './operators/delay-until.js'
export { batch } from './operators/batch.js'
export type { BatchOptions } from './operators/batch.js'
export type { Backoff } from './model/backoff.js'
export { concurrencyLimit } from './operators/concurrency-limit.js'
export type { ConcurrencyLimit } from './operators/concurrency-limit.js'
export { guard } from './operators/guard.js'
export type { Guard, GuardOptions } from './operators/guard.js'
export type { GuardStatus } from './operators/handling/guard-gate.js'
export { exponential } from './operators/exponential.js'
export type { ExponentialOptions } from './operators/exponential.js'
export { fanOut } from './operators/fan-out.js'
export type { Branch } from './operators/fan-out.js'
export type { CallOptions } from './operators/handling/handling.js'
export { filterRecords } from './operators/filter-records.js'
export { filterValue } from './operators/filter-value.js'
export { handle } from './operators/handle.js'
export type {
  Handled,
  HandleOptions,
  HandlerContext,
  HandlerResult,
  NothingWaits,
  Order,
  Waited
} from './operators/handling/handler.js'
export { mapValue } from './operators/map-value.js'
export { park } from './operators/park.js'
export type { ParkOptions } from './operators/park.js'
export { records } from './operators/records.js'
export type {
  OnlyForAwaitElseAckByHand,
  Records,
  RecordsForAwait,
  RecordsIterator,
  RecordsOptions
} from './operators/records.js'
export { writeTo } from './operators/write-to.js'

// Acknowledging
export type {
  Acknowledged,
  Acknowledging,
  MarkOf,
  NothingIsAcknowledged,
  NothingSubscribes
} from './model/acknowledged.js'
export { ack } from './operators/ack.js'
export { atMostOnce } from './operators/at-most-once.js'
export { commit } from './operators/commit.js'
export type { CommitOptions } from './operators/commit.js'

// Producing
export { deadLetter } from './sinks/dead-letter.js'
export type { DeadLetterOptions } from './sinks/dead-letter.js'
export { deadLetterOf } from './sinks/dead-letter-of.js'
export type { DeadLetterInfo } from './sinks/dead-letter-of.js'
export { deadLetterTo } from './sinks/dead-letter-to.js'
export type { DeadLetter, DeadLetterToOptions } from './sinks/dead-letter-to.js'
export { retryLater } from './sinks/retry-later.js'
export type { RetryDelay, RetryLaterOptions } from './sinks/retry-later.js'
export { retryOf } from './sinks/retry-of.js'
export type { RetryOrigin } from './sinks/retry-of.js'
export { replayDeadLetters } from './sinks/replay-dead-letters.js'
export type { ReplayOptions } from './sinks/replay-dead-letters.js'
export { producer } from './sinks/producer.js'
export type { Producer, RecordToSend, SendResult, SentRecords } from './sinks/producer.js'
export type { CloseOptions } from './sinks/closing.js'
export { produceTo } from './sinks/produce-to.js'
export type { Produced, ProduceToOptions, ToRecord } from './sinks/produce-to.js'
export type { ChoosePartition, CompressionType, PartitionChoice, ProducerProperties } from './config/producer-config.js'

// Typed topics
export { topics } from './topics/topics.js'
export type {
  AnyTopicRecord,
  KeyOf,
  ProduceToTopic,
  ReadRecord,
  StoredRecord,
  TopicCodecs,
  TopicName,
  TopicRecord,
  Topics,
  TopicsOfMemory,
  TopicsProducer,
  ValueOf
} from './topics/topics.js'

// Transactions
export { transactional } from './sinks/transactional.js'
export { transactionalProducer } from './sinks/transactional-producer.js'
export type { Transaction, TransactionalProducer } from './sinks/transactional-producer.js'
export type { TransactionalOptions } from './sinks/transactional.js'
export type { TransactionalProperties } from './config/transactional-config.js'
export type { TransactionalRecords, TransactionWriter } from './sinks/transactions/transaction-records.js'
export type { TransactionCommitted } from './sinks/transactions/transaction-run.js'

// Writing to stores
export { offsetStore } from './sinks/once/offset-store.js'
export type { OffsetStore, OffsetTable, StoredOffset } from './sinks/once/offset-store.js'
export { writeOnce } from './sinks/once/write-once.js'
export type { Inbox, TransactionalStore, WriteOnceOptions } from './sinks/once/write-once.js'
export { sink } from './sinks/sink.js'
export type { SinkOptions } from './sinks/batches/sink-options.js'
export { refused } from './sinks/refused.js'
export type { Refusal, Refused } from './sinks/refused.js'

// In operation
export { run } from './program/run.js'
export type { EndSignal, RunOptions, RunResult } from './program/run.js'
export { logTo } from './observability/log-to.js'
export type {
  ClusterSource,
  ConsumerSource,
  LogToOptions,
  ProducerSource,
  ShareConsumerSource
} from './observability/log-to.js'
export type { LogFields, Logger, LogLevel, LogStyle } from './observability/logger.js'

// Data
export type { AssignableMember, Assignment, Assignor, PartitionRacks } from './model/assignor.js'
export type { Bytes } from './model/bytes.js'
export { aggregate } from './model/aggregate.js'
export type { Awaitable } from './model/awaitable.js'
export { Carried, hold, isStale, release, settle } from './model/carried.js'
export type { Clock } from './model/clock.js'
export type { ClusterEvent } from './model/cluster-event.js'
export type { CommitEvent, CommitTrigger } from './model/commit-event.js'
export type { Committed } from './model/committed.js'
export { ConsumerError } from './model/consumer-error.js'
export type { ConsumerEvent } from './model/consumer-event.js'
export type { ProducerStatus } from './model/producer-status.js'
export type { ProducerEvent, ProducerWait } from './model/producer-event.js'
export type {
  ConsumerPhase,
  ConsumerStatus,
  PartitionStatus,
  StatusFault,
  StatusWait
} from './model/consumer-status.js'
export { ConsumerRecord } from './model/consumer-record.js'
export type { TimestampType } from './model/consumer-record.js'
export { describeFault } from './model/describe-fault.js'
export type { DrainReport } from './model/drain-report.js'
export type {
  AnyOnFailure,
  DeadLetterPolicy,
  FailedRecord,
  FailurePolicy,
  OnFailure,
  OnFailureOf,
  ParkPolicy,
  RetryLaterPolicy,
  ShareOnFailure
} from './model/failure-policy.js'
export type {
  AssignmentFault,
  AssignorFault,
  AuthenticationFault,
  AuthorizationFault,
  BrokerFault,
  ClosedFault,
  CodecMissingFault,
  CommitFault,
  ConfigFault,
  ConfigProblem,
  ConnectionFault,
  CorruptBatchFault,
  Fault,
  FencedFault,
  FrameFault,
  GroupProtocolFault,
  LogTruncationFault,
  MembershipLostFault,
  NoOffsetFault,
  OffsetOutOfRangeFault,
  OffsetRefusedFault,
  OversizedBatchFault,
  StartFromFault,
  TimeoutFault,
  TopicRecreatedFault,
  UnknownPartitionFault,
  UnknownTopicFault,
  UnreachableFault,
  UnsupportedVersionFault,
  UsageFault
} from './model/fault.js'
export type {
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- its former name goes on for those who use it
  BehindFault,
  PredecessorFailedFault,
  DecodeFault,
  DecodeProblem,
  HandlerFault,
  ProduceFault,
  ProduceTrouble,
  ReplayRefusedFault,
  SinkFault
} from './model/record-fault.js'
export type { RecordPlace } from './model/record-place.js'
export type { OperatorName } from './model/operator-name.js'
export type { Header } from './model/header.js'
export type { OffsetToCommit } from './model/offset-to-commit.js'
// eslint-disable-next-line @typescript-eslint/no-deprecated -- its former name goes on for those who use it
export type { PartitionPosition, PartitionState, Standing, WaitingFor } from './model/partition-position.js'
export type { PartitionStream } from './model/partition-stream.js'
export type { Position, StartPosition } from './model/position.js'
export type { ProducerRecord, Wire } from './model/producer-record.js'
export type { PartitionDrainReport, RebalanceEvent, RebalanceSummary } from './model/rebalance-event.js'
export { Secret, secret } from './model/secret.js'
export type { Throttled } from './model/throttled.js'
export type { TopicPartition } from './model/topic-partition.js'
export { withValue } from './model/with-value.js'
export type { WithValue } from './model/with-value.js'

// Ports
export type {
  Acl,
  AclFilter,
  AclOperation,
  AclResource,
  AdminProperties,
  ClusterDescription,
  ConfigChange,
  ConfigEntry,
  ConfigOwner,
  ConfigResource,
  DescribedConfig,
  DescribedGroup,
  EitherAdmin,
  GroupType,
  ListedGroup,
  LogPosition,
  OffsetQuery,
  PartitionCount,
  RecordsToDelete,
  ShareGroupOffset,
  TopicDescription
} from './ports/admin.js'
export type { Admin } from './ports/awaitable-admin.js'
export type { Cluster } from './ports/cluster.js'
export type { NewTopic } from './ports/new-topic.js'
export type { Step } from './ports/step.js'

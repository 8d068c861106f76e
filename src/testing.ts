// The embedded cluster
export { memoryCluster } from './sources/memory/memory-cluster.js'
export type { MemoryCluster, MemoryClusterOptions } from './sources/memory/memory-cluster.js'
export type { LoggedRecord } from './sources/memory/partition-log.js'
export type { SharedRecord, SharePartitionState } from './sources/memory/share-partition.js'
export type { FaultOnDemand, FaultyApi } from './sources/memory/fault-on-demand.js'
export type { GroupDescription, GroupState, MemberDescription } from './sources/memory/group-description.js'

// Marble tests
export { marbles } from './testing/marbles.js'
export type { ClusterPlay, MarbleBody, MarblesOptions, MarbleTest, MarbleTools } from './testing/marble-tools.js'
export { marbleMatchers } from './testing/marble-matchers.js'
export type { MatcherResult, PlaysOptions } from './testing/marble-matchers.js'
export { catches } from './testing/catches.js'
export type { CatchesOptions, CaughtBug, MarbleTests } from './testing/catches.js'
export type { PlantedBugName } from './testing/bugs/planted-bugs.js'
export { MarbleError } from './testing/marble-error.js'
export { DiagramError } from './testing/diagram/diagram-error.js'
export { SinkError } from './testing/play/test-sink.js'
export type { TestSink } from './testing/play/test-sink.js'
export type {
  ExpectedWrite,
  Pipeline,
  PipelineTools,
  RequestFault,
  Scenario,
  ScenarioMember,
  ScenarioRecord
} from './testing/play/scenario.js'
export type {
  AnyScenario,
  ShareGroupConfig,
  SharePipeline,
  ShareScenario,
  ShareScenarioMember
} from './testing/play/share-scenario.js'
export type { HistoryChecks } from './testing/play/history-checks.js'
export type { RunBudget } from './testing/time/virtual-run.js'
export type { MarblePartition, MarblePartitionOptions } from './testing/marble-partition.js'
export type { DrawnMarble, SubscriptionLog } from './testing/observables/notation.js'
export type { MarbleObservable } from './testing/observables/test-observables.js'
export type {
  LettersExpectation,
  ObservableExpectation,
  SubscriptionExpectation
} from './testing/observables/expectations.js'

// Builders
export { failingCodec } from './testing/failing-codec.js'
export { testRecord } from './testing/test-record.js'
export type { TestRecordFields } from './testing/test-record.js'
export { testAssignment } from './testing/test-assignment.js'
export type { TestAssignment, TestAssignmentOptions } from './testing/test-assignment.js'
export { testPartition } from './testing/test-partition.js'
export type { TestPartitionWatcher } from './testing/test-origin-setting.js'
export type { TestPartition, TestPartitionOptions } from './testing/test-partition.js'

// The same on a real cluster
export { dualRun } from './testing/dual-run.js'
export type { DualRunOptions } from './testing/dual-run.js'
export type { Outcome } from './testing/play/outcome.js'

// The contract of a cluster
export { clusterContract } from './testing/contract/cluster-contract.js'
export { ContractError } from './testing/contract/contract-case.js'
export type { ContractCase } from './testing/contract/contract-case.js'

// The contract of a sink
export { memoryStore } from './testing/memory-store.js'
export type { MemoryStore, MemoryTransaction } from './testing/memory-store.js'
export { offsetStoreContract } from './testing/contract/offset-store-contract.js'
export type { OffsetStoreCase, OffsetStoreUnderTest } from './testing/contract/offset-store-contract.js'
export { sinkContract } from './testing/contract/sink-contract.js'
export type { SinkCase, SinkUnderTest } from './testing/contract/sink-trial.js'

import { BrokerModel } from '../../sources/memory/broker-model.js'
import { memoryCalls } from '../../sources/memory/memory-calls.js'
import { memoryProduceCalls } from '../../sources/memory/memory-produce-calls.js'
import { clusterOf, type MemoryCluster } from '../../sources/memory/memory-cluster.js'
import { errorCode } from '../../core/protocol/error-code.js'
import { seededRandom } from '../../internal/seeded-random.js'
import type { Clock } from '../../model/clock.js'
import type { ProducerRecord } from '../../model/producer-record.js'
import type { TopicPartition } from '../../model/topic-partition.js'
import type { KafkaCalls, TransactionCalls } from '../../ports/kafka-calls.js'
import { faultyApis } from '../diagram/line-label.js'
import type { DiagramLine } from '../diagram/parse-diagram.js'
import { ScopedClock } from '../time/scoped-clock.js'
import { currentScope } from '../time/scopes.js'
import type { RequestFault } from './scenario.js'
import type { ProcessWatcher, StageHost, StageProcess } from './stage-host.js'
import { brokenCall, brokenProduce, RequestTimes } from './request-times.js'
import { living, watchedProducer } from './watched-producer.js'
import { watchedTransactions } from './watched-transactions.js'

/** The embedded cluster as the stage of a scenario. */
export class MemoryHost implements StageHost {
  readonly clock: Clock
  /** To do things to it that no line of a diagram says. */
  readonly cluster: MemoryCluster
  private readonly model: BrokerModel
  private readonly times: RequestTimes
  private readonly random = seededRandom(1)

  constructor(clock: Clock, topics: ReadonlyMap<string, number>, lines: readonly DiagramLine[] = []) {
    this.times = new RequestTimes(clock, lines)
    this.clock = clock
    const model = new BrokerModel(clock)
    this.model = model
    for (const [topic, partitions] of topics) model.createTopic(topic, partitions)
    this.cluster = clusterOf(model, { clock, random: this.random, calls: () => memoryCalls(model) })
  }

  newProcess({ asked, written, stored }: ProcessWatcher): StageProcess {
    const { model, random, times } = this
    const clock = new ScopedClock(this.clock, currentScope()?.time)
    const isDead = (): boolean => clock.isDead
    const realTopic = (topic: string): string => topic
    const calls = (): KafkaCalls => whileAlive(memoryCalls(model), clock, times)
    const produceCalls = (): TransactionCalls => timedProduceCalls(memoryProduceCalls(model), clock, times)
    const inner = clusterOf(model, { clock, random, calls, produceCalls })
    const enter = (run: () => void): void => {
      clock.enter(run)
    }
    const watch = { isDead, enter, realTopic, asked, written, stored }
    return {
      clock,
      get isDead() {
        return clock.isDead
      },
      enter: (run) => clock.enter(run),
      cluster: {
        ...inner,
        openProducer: (settings) => watchedProducer(inner.openProducer(settings), watch),
        openTransactions: (settings, transactions) =>
          watchedTransactions(inner.openTransactions(settings, transactions), watch)
      },
      get pending() {
        return clock.pending
      },
      kill: () => {
        clock.kill()
      },
      raise: (signal) => clock.enter(() => clock.signals.raise(signal)),
      whenExit: (run) => {
        clock.signals.whenExit = run
      }
    }
  }

  produce({ topic, partition }: TopicPartition, record: Omit<ProducerRecord, 'topic' | 'partition'>): bigint {
    const [written] = this.cluster.produce(topic, { ...record, partition })
    return written?.offset ?? -1n
  }

  failNext(api: (typeof faultyApis)[number], fault: RequestFault): void {
    this.model.failNext(api, fault === 'disconnect' ? fault : errorCode[fault], 1)
  }

  /** No fault that was asked for is left. */
  heal(): void {
    for (const api of faultyApis) while (this.model.takeFault(api) !== undefined);
  }

  expireSession(groupId: string, memberId: string): void {
    this.cluster.expireSession(groupId, memberId)
  }

  realTopic(topic: string): string {
    return topic
  }
  topicName(topic: string): string {
    return topic
  }
}

/** A producer's requests: as slow as the diagram says, and for a process that lives. */
const timedProduceCalls = (calls: TransactionCalls, process: ScopedClock, times: RequestTimes): TransactionCalls => ({
  ...calls,
  // The producer's session looks after the dead.
  produce: (node, request) => times.taken('Produce', calls.produce(node, request), brokenProduce),
  initProducerId: (request) =>
    living(times.taken('InitProducerId', calls.initProducerId(request), brokenCall), process),
  addPartitionsToTxn: (request) =>
    living(times.taken('AddPartitionsToTxn', calls.addPartitionsToTxn(request), brokenCall), process),
  addOffsetsToTxn: (request) =>
    living(times.taken('AddOffsetsToTxn', calls.addOffsetsToTxn(request), brokenCall), process),
  txnOffsetCommit: (request) =>
    living(times.taken('TxnOffsetCommit', calls.txnOffsetCommit(request), brokenCall), process),
  endTxn: (request) => living(times.taken('EndTxn', calls.endTxn(request), brokenCall), process)
})

const whileAlive = (calls: KafkaCalls, process: ScopedClock, times: RequestTimes): KafkaCalls => ({
  metadata: (topics) => living(times.taken('Metadata', calls.metadata(topics), brokenCall), process),
  joinGroup: (request) => living(times.taken('JoinGroup', calls.joinGroup(request), brokenCall), process),
  syncGroup: (request) => living(times.taken('SyncGroup', calls.syncGroup(request), brokenCall), process),
  heartbeat: (member) => living(times.taken('Heartbeat', calls.heartbeat(member), brokenCall), process),
  consumerGroupHeartbeat: (request) =>
    living(times.taken('ConsumerGroupHeartbeat', calls.consumerGroupHeartbeat(request), brokenCall), process),
  leaveGroup: (request) => living(times.taken('LeaveGroup', calls.leaveGroup(request), brokenCall), process),
  describeGroup: (groupId) => living(times.taken('DescribeGroups', calls.describeGroup(groupId), brokenCall), process),
  offsetCommit: (request) => living(times.taken('OffsetCommit', calls.offsetCommit(request), brokenCall), process),
  offsetFetch: (groupId, partitions, member) =>
    living(times.taken('OffsetFetch', calls.offsetFetch(groupId, partitions, member), brokenCall), process),
  listOffsets: (node, request) =>
    living(times.taken('ListOffsets', calls.listOffsets(node, request), brokenCall), process),
  fetch: (node, request) => living(times.taken('Fetch', calls.fetch(node, request), brokenCall), process),
  offsetForLeaderEpoch: (node, queries) =>
    living(times.taken('OffsetForLeaderEpoch', calls.offsetForLeaderEpoch(node, queries), brokenCall), process),
  close: () => {
    calls.close()
  }
})

import { map as mapRight } from 'fp-ts/lib/Either.js'
import { defer, map, Observable, type Subscriber } from 'rxjs'
import { bareAnswer } from '../../core/producing/batch-answer.js'
import { errorCode } from '../../core/protocol/error-code.js'
import type { TopicPartition } from '../../model/topic-partition.js'
import type { KafkaCalls, PartitionCode, ProducedBatch, TransactionCalls } from '../../ports/kafka-calls.js'
import type { Step } from '../../ports/step.js'
import type { DiagramApi } from '../diagram/line-label.js'
import type { ScopedClock } from '../time/scoped-clock.js'
import type { PartitionFaults } from './partition-faults.js'
import { brokenCall, brokenProduce, type RequestTimes } from './request-times.js'
import { living } from './watched-producer.js'

/** The process of the requests, and what the diagram does to them. */
export interface ProcessRim {
  readonly process: ScopedClock
  readonly times: RequestTimes
  readonly faults: PartitionFaults
  /** a broker throttles a connection for this long */
  readonly throttled: (ms: number) => void
  /** the maximum delay by a throttle of requests that keep the membership */
  readonly heldMs: number
}

type Purpose = 'join' | 'group' | 'metadata' | 'fetch' | 'produce' | 'transaction'

/** The connection of each request, as in the clients of a real cluster: a throttle delays the requests of one connection. */
const purposes: Readonly<Record<DiagramApi, Purpose>> = {
  Metadata: 'metadata',
  JoinGroup: 'join',
  SyncGroup: 'join',
  Heartbeat: 'group',
  LeaveGroup: 'group',
  ConsumerGroupHeartbeat: 'group',
  DescribeGroups: 'group',
  OffsetCommit: 'group',
  OffsetFetch: 'group',
  ListOffsets: 'metadata',
  Fetch: 'fetch',
  OffsetForLeaderEpoch: 'metadata',
  ShareGroupHeartbeat: 'group',
  ShareFetch: 'fetch',
  ShareAcknowledge: 'fetch',
  DescribeShareGroupOffsets: 'metadata',
  Produce: 'produce',
  InitProducerId: 'transaction',
  AddPartitionsToTxn: 'transaction',
  AddOffsetsToTxn: 'transaction',
  TxnOffsetCommit: 'transaction',
  EndTxn: 'transaction'
}

/** The connections of one client: requests are delayed, slow or broken as the diagram says. */
export class Connections {
  private readonly rim: ProcessRim
  private readonly throttledUntil = new Map<Purpose, number>()

  constructor(rim: ProcessRim) {
    this.rim = rim
  }

  ask<A, F>(api: DiagramApi, step: Step<A, F>, broken: F): Step<A, F> {
    const { process, times, heldMs } = this.rim
    const purpose = purposes[api]
    const mostMs = purpose === 'join' || purpose === 'group' ? heldMs : Infinity
    return new Observable((subscriber) => {
      const begin = (): void => {
        subscriber.add(
          times.taken(api, step, broken, process).subscribe((answer) => {
            this.throttle(purpose, times.throttleOf(api))
            subscriber.next(answer)
            subscriber.complete()
          })
        )
      }
      const waitMs = Math.min((this.throttledUntil.get(purpose) ?? 0) - process.now(), mostMs)
      if (waitMs > 0) this.waits(api, waitMs, subscriber, begin)
      else begin()
    })
  }

  /** The broker throttles the connection. */
  private waits(api: DiagramApi, ms: number, subscriber: Subscriber<unknown>, begin: () => void): void {
    const { process, times } = this.rim
    const over = times.waits.begin({ what: `${api} is throttled`, until: process.now() + ms, process })
    subscriber.add(over)
    subscriber.add(
      process.schedule(ms, () => {
        over()
        begin()
      })
    )
  }

  private throttle(purpose: Purpose, ms: number): void {
    if (ms === 0) return
    this.throttledUntil.set(purpose, this.rim.process.now() + ms)
    this.rim.throttled(ms)
  }
}

const placed = ({ topic, partition }: TopicPartition, code: number): PartitionCode => ({ topic, partition, code })

/** A consumer's requests from its process. */
export const consumerCalls = (calls: KafkaCalls, rim: ProcessRim): KafkaCalls => {
  const connections = new Connections(rim)
  const ask = <A>(api: DiagramApi, step: Step<A>): Step<A> =>
    living(connections.ask(api, step, brokenCall), rim.process)
  return {
    metadata: (topics) => ask('Metadata', calls.metadata(topics)),
    joinGroup: (request) => ask('JoinGroup', calls.joinGroup(request)),
    syncGroup: (request) => ask('SyncGroup', calls.syncGroup(request)),
    heartbeat: (member) => ask('Heartbeat', calls.heartbeat(member)),
    consumerGroupHeartbeat: (request) => ask('ConsumerGroupHeartbeat', calls.consumerGroupHeartbeat(request)),
    leaveGroup: (request) => ask('LeaveGroup', calls.leaveGroup(request)),
    describeGroup: (groupId) => ask('DescribeGroups', calls.describeGroup(groupId)),
    offsetCommit: (request) =>
      ask(
        'OffsetCommit',
        defer(() =>
          rim.faults.apart(
            'OffsetCommit',
            request.offsets,
            (offsets) => calls.offsetCommit({ ...request, offsets }),
            placed
          )
        )
      ),
    offsetFetch: (groupId, partitions, member) => ask('OffsetFetch', calls.offsetFetch(groupId, partitions, member)),
    listOffsets: (node, request) => ask('ListOffsets', calls.listOffsets(node, request)),
    fetch: (node, request) => ask('Fetch', calls.fetch(node, request)),
    offsetForLeaderEpoch: (node, queries) => ask('OffsetForLeaderEpoch', calls.offsetForLeaderEpoch(node, queries)),
    close: () => {
      calls.close()
    }
  }
}

/** With `acks` 0 brokers answer nothing: neither does it take any time, nor does it say that a record is refused. */
const unanswered = /*#__PURE__*/ mapRight<readonly ProducedBatch[], readonly ProducedBatch[]>((batches) =>
  batches.map((batch) => (batch.code === errorCode.NONE ? batch : { ...batch, ...bareAnswer(errorCode.NONE) }))
)

/** A producer's requests from its process. */
export const producerCalls = (calls: TransactionCalls, rim: ProcessRim): TransactionCalls => {
  const connections = new Connections(rim)
  const ask = <A>(api: DiagramApi, step: Step<A>): Step<A> =>
    living(connections.ask(api, step, brokenCall), rim.process)
  return {
    ...calls,
    // The producer's session, which is watched, handles dead processes.
    produce: (node, request) => {
      const step = defer(() =>
        rim.faults.apart(
          'Produce',
          request.batches,
          (batches) => calls.produce(node, { ...request, batches }),
          ({ topic, partition }, code) => ({ topic, partition, ...bareAnswer(code) })
        )
      )
      return request.acks === 0 ? step.pipe(map(unanswered)) : connections.ask('Produce', step, brokenProduce)
    },
    initProducerId: (request) => ask('InitProducerId', calls.initProducerId(request)),
    addPartitionsToTxn: (request) => ask('AddPartitionsToTxn', calls.addPartitionsToTxn(request)),
    addOffsetsToTxn: (request) => ask('AddOffsetsToTxn', calls.addOffsetsToTxn(request)),
    txnOffsetCommit: (request) =>
      ask(
        'TxnOffsetCommit',
        defer(() =>
          rim.faults.apart(
            'TxnOffsetCommit',
            request.offsets,
            (offsets) => calls.txnOffsetCommit({ ...request, offsets }),
            placed
          )
        )
      ),
    endTxn: (request) => ask('EndTxn', calls.endTxn(request))
  }
}

import { type Either, left } from 'fp-ts/lib/Either.js'
import { expect } from 'vitest'
import { BrokerModel } from '../../src/sources/memory/broker-model.js'
import type { ConsumerApi, FaultyApi } from '../../src/sources/memory/fault-on-demand.js'
import { memoryCalls } from '../../src/sources/memory/memory-calls.js'
import { memoryNode } from '../../src/sources/memory/memory-metadata.js'
import type { RecordToEncode } from '../../src/core/records/encode-batch.js'
import type { Fault } from '../../src/model/fault.js'
import type { FetchPartition, FetchRequest, KafkaCalls } from '../../src/ports/kafka-calls.js'
import type { Step } from '../../src/ports/step.js'
import { VirtualClock } from './virtual-clock.js'

export const record = (value = 'v', timestamp = 0): RecordToEncode => ({
  timestamp,
  key: null,
  value: new TextEncoder().encode(value),
  headers: []
})

export interface Kafka {
  readonly clock: VirtualClock
  readonly model: BrokerModel
  readonly calls: KafkaCalls
}

export const kafka = (): Kafka => {
  const clock = new VirtualClock()
  const model = new BrokerModel(clock)
  model.createTopic('t', 2)
  return { clock, model, calls: memoryCalls(model) }
}

/** What a step has given so far, and whether it is over. */
export const watch = <A>(step: Step<A>): { answers: Either<Fault, A>[]; completed: boolean; stop: () => void } => {
  const seen: { answers: Either<Fault, A>[]; completed: boolean; stop: () => void } = {
    answers: [],
    completed: false,
    stop: () => undefined
  }
  const subscription = step.subscribe({
    next: (answer) => seen.answers.push(answer),
    complete: () => {
      seen.completed = true
    }
  })
  seen.stop = () => {
    subscription.unsubscribe()
  }
  return seen
}

/** The one answer of a step that waits for nothing. */
export const answered = <A>({ clock }: Kafka, step: Step<A>): Either<Fault, A> | undefined => {
  const seen = watch(step)
  clock.advance(0)
  expect([seen.answers.length, seen.completed]).toEqual([1, true])
  return seen.answers[0]
}

export const closed = left({ _tag: 'ClosedFault', what: 'the connection' })

export const member = { groupId: 'g', generation: -1, memberId: '', groupInstanceId: null }
export const joining = {
  ...member,
  sessionTimeoutMs: 1_000,
  rebalanceTimeoutMs: 1_000,
  protocols: [{ name: 'range', metadata: new Uint8Array(0) }]
}

/** Leaves nothing behind, since nobody knows the member. */
const leavingRemotely = {
  groupId: 'g',
  memberId: 'm',
  memberEpoch: -1,
  groupInstanceId: null,
  rack: null,
  rebalanceTimeoutMs: null,
  topics: null,
  pattern: null,
  assignor: null,
  owned: null
} as const

export const ask = (partition: number, offset: bigint, change: Partial<FetchPartition> = {}): FetchPartition => ({
  topic: 't',
  topicId: null,
  partition,
  offset,
  leaderEpoch: 0,
  maxBytes: 1_000_000,
  ...change
})

export const fetching = (
  partitions: readonly FetchPartition[],
  change: Partial<Omit<FetchRequest, 'partitions'>> = {}
): FetchRequest => ({
  maxWaitMs: 500,
  minBytes: 1,
  maxBytes: 1_000_000,
  isolation: 'read_uncommitted',
  rack: '',
  session: { id: 0, epoch: -1 },
  byTopicId: false,
  forgotten: [],
  partitions,
  ...change
})

export const requests: Readonly<Record<ConsumerApi, (calls: KafkaCalls) => Step<unknown>>> = {
  Metadata: (calls) => calls.metadata(['t']),
  JoinGroup: (calls) => calls.joinGroup(joining),
  SyncGroup: (calls) => calls.syncGroup({ ...member, assignments: [] }),
  Heartbeat: (calls) => calls.heartbeat(member),
  LeaveGroup: (calls) => calls.leaveGroup(member),
  ConsumerGroupHeartbeat: (calls) => calls.consumerGroupHeartbeat(leavingRemotely),
  DescribeGroups: (calls) => calls.describeGroup('g'),
  OffsetCommit: (calls) =>
    calls.offsetCommit({
      ...member,
      offsets: [{ topic: 't', partition: 0, offset: 5n, leaderEpoch: 0, metadata: '' }]
    }),
  OffsetFetch: (calls) => calls.offsetFetch('g', [{ topic: 't', partition: 0 }]),
  ListOffsets: (calls) =>
    calls.listOffsets(memoryNode, {
      isolation: 'read_uncommitted',
      partitions: [{ topic: 't', partition: 0, timestamp: -1, leaderEpoch: 0 }]
    }),
  OffsetForLeaderEpoch: (calls) =>
    calls.offsetForLeaderEpoch(memoryNode, [{ topic: 't', partition: 0, currentLeaderEpoch: 0, leaderEpoch: 0 }]),
  Fetch: (calls) => calls.fetch(memoryNode, fetching([ask(0, 0n)], { maxWaitMs: 0 }))
}
export const everyRequest = Object.entries(requests).map(([api, send]) => ({ api: api as FaultyApi, send }))

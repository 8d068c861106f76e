import { type Either, left, right } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { BrokerModel, type FaultyApi } from '../../../src/broker/broker-model.js'
import { memoryCalls } from '../../../src/broker/memory-calls.js'
import { memoryNode } from '../../../src/broker/memory-metadata.js'
import { errorCode as code } from '../../../src/core/error-code.js'
import type { RecordToEncode } from '../../../src/core/record-batch/encode-batch.js'
import type { Fault } from '../../../src/model/fault.js'
import type { FetchPartition, FetchRequest, FetchResponse, KafkaCalls } from '../../../src/ports/kafka-calls.js'
import type { Step } from '../../../src/ports/step.js'
import { VirtualClock } from '../../support/virtual-clock.js'

const record = (value = 'v', timestamp = 0): RecordToEncode => ({
  timestamp,
  key: null,
  value: new TextEncoder().encode(value),
  headers: []
})

interface Kafka {
  readonly clock: VirtualClock
  readonly model: BrokerModel
  readonly calls: KafkaCalls
}

const kafka = (): Kafka => {
  const clock = new VirtualClock()
  const model = new BrokerModel(clock)
  model.createTopic('t', 2)
  return { clock, model, calls: memoryCalls(model) }
}

/** What a step has given so far, and whether it is over. */
const watch = <A>(step: Step<A>): { answers: Either<Fault, A>[]; completed: boolean; stop: () => void } => {
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
const answered = <A>({ clock }: Kafka, step: Step<A>): Either<Fault, A> | undefined => {
  const seen = watch(step)
  clock.advance(0)
  expect([seen.answers.length, seen.completed]).toEqual([1, true])
  return seen.answers[0]
}

const closed = left({ _tag: 'ClosedFault', what: 'the connection' })

const member = { groupId: 'g', generation: -1, memberId: '', groupInstanceId: null }
const joining = { ...member, sessionTimeoutMs: 1_000, rebalanceTimeoutMs: 1_000, protocols: [{ name: 'range', metadata: new Uint8Array(0) }] } // prettier-ignore

const ask = (partition: number, offset: bigint, change: Partial<FetchPartition> = {}): FetchPartition => ({
  topic: 't',
  partition,
  offset,
  leaderEpoch: 0,
  maxBytes: 1_000_000,
  ...change
})

const fetching = (
  partitions: readonly FetchPartition[],
  change: Partial<Omit<FetchRequest, 'partitions'>> = {}
): FetchRequest => ({
  maxWaitMs: 500,
  minBytes: 1,
  maxBytes: 1_000_000,
  isolation: 'read_uncommitted',
  rack: '',
  session: { id: 0, epoch: -1 },
  forgotten: [],
  partitions,
  ...change
})

const requests: Readonly<
  Record<Exclude<FaultyApi, 'Produce' | 'InitProducerId'>, (calls: KafkaCalls) => Step<unknown>>
> = {
  Metadata: (calls) => calls.metadata(['t']),
  JoinGroup: (calls) => calls.joinGroup(joining),
  SyncGroup: (calls) => calls.syncGroup({ ...member, assignments: [] }),
  Heartbeat: (calls) => calls.heartbeat(member),
  LeaveGroup: (calls) => calls.leaveGroup(member),
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
const everyRequest = Object.entries(requests).map(([api, send]) => ({ api: api as FaultyApi, send }))

describe('memoryCalls', () => {
  describe('every request', () => {
    it.each(everyRequest)('$api is sent when subscribed to and answered on a later turn', ({ send }) => {
      const on = kafka()
      const seen = watch(send(on.calls))
      expect([seen.answers.length, seen.completed]).toEqual([0, false])
      on.clock.advance(0)
      expect([seen.answers.length, seen.completed]).toEqual([1, true])
      expect(seen.answers[0]?._tag).toBe('Right')
      // A member id that was given out is kept for the session timeout.
      on.clock.advance(joining.sessionTimeoutMs)
      expect(on.clock.pending).toBe(0)
    })

    it.each(everyRequest)('$api gives nothing once it is abandoned', ({ send }) => {
      const on = kafka()
      const seen = watch(send(on.calls))
      seen.stop()
      on.clock.advance(1_000)
      expect(seen.answers).toEqual([])
      expect(on.clock.pending).toBe(0)
    })

    it.each(everyRequest)('$api breaks as often as asked for', ({ api, send }) => {
      const on = kafka()
      on.model.failNext(api, 'disconnect', 2)
      const broken = left({ _tag: 'ConnectionFault', broker: 'memory', reason: 'disconnected on demand' })
      expect([answered(on, send(on.calls)), answered(on, send(on.calls))]).toEqual([broken, broken])
      expect(answered(on, send(on.calls))?._tag).toBe('Right')
    })

    it.each(everyRequest)('$api ends with a fault when the connection is closed, and later ones too', ({ send }) => {
      const on = kafka()
      const under = watch(send(on.calls))
      on.calls.close()
      const after = watch(send(on.calls))
      on.clock.advance(0)
      expect(under.completed && after.completed).toBe(true)
      expect(under.answers.length).toBe(1)
      expect(after.answers).toEqual([closed])
      on.clock.advance(joining.sessionTimeoutMs)
      expect(on.clock.pending).toBe(0)
    })

    it.each([
      { api: 'Metadata', answer: { topics: [{ topic: 't', code: 3, internal: false, partitions: [] }] } },
      { api: 'JoinGroup', answer: { code: 3, memberId: '', generation: -1, members: [] } },
      { api: 'SyncGroup', answer: { code: 3, assignment: new Uint8Array(0) } },
      { api: 'Heartbeat', answer: 3 },
      { api: 'LeaveGroup', answer: 3 },
      { api: 'OffsetCommit', answer: [{ topic: 't', partition: 0, code: 3 }] },
      { api: 'OffsetFetch', answer: { code: 3, offsets: [] } },
      { api: 'ListOffsets', answer: [{ topic: 't', partition: 0, code: 3, offset: -1n, leaderEpoch: -1 }] },
      { api: 'OffsetForLeaderEpoch', answer: [{ topic: 't', partition: 0, code: 3, leaderEpoch: -1, endOffset: -1n }] },
      { api: 'Fetch', answer: { code: 3, partitions: [] } }
    ] as const)('$api fails with the code that was asked for, where Kafka would put it', ({ api, answer }) => {
      const on = kafka()
      on.model.failNext(api, 3, 1)
      const given = answered(on, requests[api](on.calls))
      if (typeof answer === 'number') expect(given).toEqual(right(answer))
      else expect(given).toMatchObject({ right: answer })
    })

    it('does nothing where it fails on demand', () => {
      const on = kafka()
      for (const fault of [code.NOT_COORDINATOR, 'disconnect'] as const) {
        on.model.failNext('OffsetCommit', fault, 1)
        answered(on, requests.OffsetCommit(on.calls))
      }
      expect(on.model.storedOffset('g', { topic: 't', partition: 0 })).toBeUndefined()
    })
  })

  describe('the coordinator of a group', () => {
    const toCoordinator = ['JoinGroup', 'SyncGroup', 'Heartbeat', 'LeaveGroup', 'OffsetCommit', 'OffsetFetch'] as const
    /** The code of an answer, wherever Kafka puts it. */
    const codeIn = (answer: unknown): unknown => {
      const value = Array.isArray(answer) ? (answer as unknown[])[0] : answer
      return typeof value === 'object' && value !== null && 'code' in value ? value.code : value
    }
    const ask = (on: Kafka, api: (typeof toCoordinator)[number], calls = on.calls): unknown => {
      const answer = answered(on, requests[api](calls))
      return answer?._tag === 'Right' ? codeIn(answer.right) : answer
    }

    it.each(toCoordinator)('is asked at its former place once by each client after it has moved: %s', (api) => {
      const on = kafka()
      const other = memoryCalls(on.model)
      const usual = ask(on, api)
      ask(on, api, other)
      on.model.coordinator('g').move(0)
      expect([ask(on, api), ask(on, api)]).toEqual([code.NOT_COORDINATOR, usual])
      expect([ask(on, api, other), ask(on, api, other)]).toEqual([code.NOT_COORDINATOR, usual])
      expect(ask(on, api, memoryCalls(on.model))).toBe(usual)
    })

    it('is asked at its former place by every request that is sent before the first is answered', () => {
      const on = kafka()
      ask(on, 'Heartbeat')
      on.model.coordinator('g').move(0)
      const [first, second] = [watch(requests.Heartbeat(on.calls)), watch(requests.OffsetFetch(on.calls))]
      on.clock.advance(0)
      expect([first.answers, second.answers]).toMatchObject([
        [right(code.NOT_COORDINATOR)],
        [right({ code: code.NOT_COORDINATOR })]
      ])
      expect(ask(on, 'Heartbeat')).toBe(code.UNKNOWN_MEMBER_ID)
    })

    it.each(toCoordinator)('answers that it is loading, but a heartbeat that all is well: %s', (api) => {
      const on = kafka()
      on.model.coordinator('g').move(100)
      expect(ask(on, api)).toBe(api === 'Heartbeat' ? code.NONE : code.COORDINATOR_LOAD_IN_PROGRESS)
    })

    it('is looked up again after a connection broke', () => {
      const on = kafka()
      ask(on, 'Heartbeat')
      on.model.coordinator('g').move(0)
      on.model.failNext('OffsetFetch', 'disconnect', 1)
      answered(on, requests.OffsetFetch(on.calls))
      expect(ask(on, 'Heartbeat')).toBe(code.UNKNOWN_MEMBER_ID)
    })

    it('is one of each group: another one stays where it is', () => {
      const on = kafka()
      ask(on, 'OffsetFetch')
      on.model.coordinator('other').move(0)
      expect(ask(on, 'OffsetFetch')).toBe(code.NONE)
    })

    it('keeps the offsets when it moves', () => {
      const on = kafka()
      expect(ask(on, 'OffsetCommit')).toBe(code.NONE)
      on.model.coordinator('g').move(0)
      ask(on, 'OffsetFetch')
      expect(answered(on, requests.OffsetFetch(on.calls))).toMatchObject({ right: { offsets: [{ offset: 5n }] } })
    })
  })

  describe('close', () => {
    it('ends a JoinGroup that is held and a fetch that waits', () => {
      const on = kafka()
      on.model.coordinator('g').join({ ...joining, memberId: '' }, () => undefined)
      on.model.coordinator('g').join({ ...joining, memberId: 'member-1' }, () => undefined)
      on.model.coordinator('g').join({ ...joining, memberId: '' }, () => undefined)
      const join = watch(on.calls.joinGroup({ ...joining, memberId: 'member-2' }))
      const fetch = watch(on.calls.fetch(memoryNode, fetching([ask(0, 0n)])))
      on.clock.advance(100)
      expect([join.answers, fetch.answers]).toEqual([[], []])
      on.calls.close()
      on.clock.advance(0)
      expect([join.answers, fetch.answers]).toEqual([[closed], [closed]])
      on.model.append({ topic: 't', partition: 0 }, [record()])
      on.clock.advance(10_000)
      expect([join.answers.length, fetch.answers.length]).toEqual([1, 1])
    })
  })

  describe('metadata', () => {
    it('describes what is asked for, and says of each topic alone that it is unknown', () => {
      const on = kafka()
      expect(answered(on, on.calls.metadata(['t', 'nowhere']))).toEqual(
        right({
          brokers: [{ nodeId: memoryNode, host: 'memory', port: 0, rack: null }],
          topics: [
            {
              topic: 't',
              code: code.NONE,
              internal: false,
              partitions: [0, 1].map((partition) => ({
                partition,
                code: code.NONE,
                leader: memoryNode,
                leaderEpoch: 0,
                replicas: [memoryNode]
              }))
            },
            { topic: 'nowhere', code: code.UNKNOWN_TOPIC_OR_PARTITION, internal: false, partitions: [] }
          ]
        })
      )
    })

    it('creates nothing that is asked for', () => {
      const on = kafka()
      answered(on, on.calls.metadata(['typo']))
      expect(on.model.topics).toEqual(['t'])
    })

    it('describes all topics, or none', () => {
      const on = kafka()
      on.model.createTopic('u', 1)
      expect(answered(on, on.calls.metadata('all'))).toMatchObject({
        right: { topics: [{ topic: 't' }, { topic: 'u' }] }
      })
      expect(answered(on, on.calls.metadata([]))).toMatchObject({ right: { topics: [] } })
    })
  })

  describe('offsetCommit and offsetFetch', () => {
    it('stores what a group may commit and gives it back, and -1 where nothing is', () => {
      const on = kafka()
      const offset = { topic: 't', partition: 1, offset: 7n, leaderEpoch: 4, metadata: 'm' }
      expect(answered(on, on.calls.offsetCommit({ ...member, offsets: [offset] }))).toEqual(
        right([{ topic: 't', partition: 1, code: code.NONE }])
      )
      const asked = [0, 1].map((partition) => ({ topic: 't', partition }))
      const empty = { topic: 't', partition: 0, code: code.NONE, offset: -1n, leaderEpoch: -1, metadata: '' }
      expect(answered(on, on.calls.offsetFetch('g', asked))).toEqual(
        right({ code: code.NONE, offsets: [empty, { ...offset, code: code.NONE }] })
      )
      expect(answered(on, on.calls.offsetFetch('other', asked))).toMatchObject({
        right: { offsets: [{ offset: -1n }, { offset: -1n }] }
      })
    })

    it('stores nothing for a stranger', () => {
      const on = kafka()
      const offsets = [{ topic: 't', partition: 0, offset: 7n, leaderEpoch: 0, metadata: '' }]
      expect(answered(on, on.calls.offsetCommit({ ...member, generation: 1, memberId: 'stranger', offsets }))).toEqual(
        right([{ topic: 't', partition: 0, code: code.UNKNOWN_MEMBER_ID }])
      )
      expect(on.model.storedOffset('g', { topic: 't', partition: 0 })).toBeUndefined()
    })

    it('refuses an unknown partition alone', () => {
      const on = kafka()
      const offsets = [0, 9].map((partition) => ({ topic: 't', partition, offset: 1n, leaderEpoch: 0, metadata: '' }))
      expect(answered(on, on.calls.offsetCommit({ ...member, offsets }))).toEqual(
        right([
          { topic: 't', partition: 0, code: code.NONE },
          { topic: 't', partition: 9, code: code.UNKNOWN_TOPIC_OR_PARTITION }
        ])
      )
    })
  })

  describe('listOffsets', () => {
    it.each([
      { what: 'the start', timestamp: -2, isolation: 'read_uncommitted', offset: 1n },
      { what: 'the end', timestamp: -1, isolation: 'read_uncommitted', offset: 4n },
      { what: 'the last stable offset', timestamp: -1, isolation: 'read_committed', offset: 3n },
      { what: 'the first record of a time', timestamp: 15, isolation: 'read_uncommitted', offset: 2n },
      { what: '-1 after the last record', timestamp: 99, isolation: 'read_uncommitted', offset: -1n }
    ] as const)('gives $what', ({ timestamp, isolation, offset }) => {
      const on = kafka()
      const place = { topic: 't', partition: 0 }
      for (const time of [5, 10, 20]) on.model.append(place, [record('v', time)])
      on.model.append(place, [record('open', 30)], 1n)
      on.model.log(place)?.deleteBefore(1n)
      const partitions = [{ ...place, timestamp, leaderEpoch: 0 }]
      expect(answered(on, on.calls.listOffsets(memoryNode, { isolation, partitions }))).toEqual(
        right([{ ...place, code: code.NONE, offset, leaderEpoch: 0 }])
      )
    })

    it('says of each partition alone that it is unknown', () => {
      const on = kafka()
      const partitions = [1, 2].map((partition) => ({ topic: 't', partition, timestamp: -1, leaderEpoch: 0 }))
      expect(
        answered(on, on.calls.listOffsets(memoryNode, { isolation: 'read_uncommitted', partitions }))
      ).toMatchObject({ right: [{ code: code.NONE }, { code: code.UNKNOWN_TOPIC_OR_PARTITION, offset: -1n }] })
    })
  })

  describe('fetch', () => {
    const batch = record('x'.repeat(100))
    const batchSize = ((): number => {
      const { model } = kafka()
      model.append({ topic: 't', partition: 0 }, [batch])
      return model.log({ topic: 't', partition: 0 })?.read(0n, 0, 1n).bytes.length ?? 0
    })()
    const fill = ({ model }: Kafka, partition: number, batches: number): void => {
      for (let left = batches; left > 0; left--) model.append({ topic: 't', partition }, [batch])
    }
    /** How many batches came of each partition; null where none were given at all. */
    const batches = (answer: Either<Fault, FetchResponse> | undefined): readonly (number | null)[] =>
      answer?._tag === 'Right'
        ? answer.right.partitions.map(({ records }) => (records === null ? null : records.length / batchSize))
        : []

    it('answers at once where there are records', () => {
      const on = kafka()
      fill(on, 0, 3)
      const answer = answered(on, on.calls.fetch(memoryNode, fetching([ask(0, 1n)])))
      expect(batches(answer)).toEqual([2])
      expect(answer).toMatchObject({
        right: {
          code: code.NONE,
          partitions: [{ topic: 't', partition: 0, code: code.NONE, highWatermark: 3n, lastStableOffset: 3n, logStart: 0n, aborted: [], preferredReplica: -1 }] // prettier-ignore
        }
      })
    })

    it('waits for a record, and no longer', () => {
      const on = kafka()
      const seen = watch(on.calls.fetch(memoryNode, fetching([ask(0, 0n), ask(1, 0n)])))
      on.clock.advance(499)
      expect(seen.answers).toEqual([])
      fill(on, 1, 1)
      on.clock.advance(0)
      expect(batches(seen.answers[0])).toEqual([0, 1])
      expect(on.clock.pending).toBe(0)
    })

    it('answers with nothing when the wait is over', () => {
      const on = kafka()
      const seen = watch(on.calls.fetch(memoryNode, fetching([ask(0, 0n)])))
      on.clock.advance(500)
      expect(batches(seen.answers[0])).toEqual([0])
      expect(on.clock.pending).toBe(0)
    })

    it('goes on waiting when something comes elsewhere', () => {
      const on = kafka()
      const seen = watch(on.calls.fetch(memoryNode, fetching([ask(0, 0n)])))
      fill(on, 1, 5)
      on.clock.advance(499)
      expect(seen.answers).toEqual([])
    })

    it('waits for `minBytes` of all partitions together', () => {
      const on = kafka()
      fill(on, 0, 1)
      const seen = watch(on.calls.fetch(memoryNode, fetching([ask(0, 0n), ask(1, 0n)], { minBytes: 2 * batchSize })))
      on.clock.advance(100)
      expect(seen.answers).toEqual([])
      fill(on, 1, 1)
      on.clock.advance(0)
      expect(batches(seen.answers[0])).toEqual([1, 1])
    })

    it('gives less than `minBytes` when the wait is over', () => {
      const on = kafka()
      fill(on, 0, 1)
      const seen = watch(on.calls.fetch(memoryNode, fetching([ask(0, 0n)], { minBytes: 2 * batchSize })))
      on.clock.advance(500)
      expect(batches(seen.answers[0])).toEqual([1])
    })

    it('answers once, though more comes before the answer is out', () => {
      const on = kafka()
      const seen = watch(on.calls.fetch(memoryNode, fetching([ask(0, 0n)])))
      fill(on, 0, 2)
      on.clock.advance(1_000)
      expect(seen.answers.map(batches)).toEqual([[1]])
    })

    it.each<{ when: string; end: (on: Kafka, seen: { stop: () => void }) => void }>([
      { when: 'it is answered', end: (on) => fill(on, 0, 1) },
      { when: 'the wait is over', end: ({ clock }) => clock.advance(500) },
      { when: 'it is abandoned', end: (_, seen) => seen.stop() },
      { when: 'the connection is closed', end: ({ calls }) => calls.close() }
    ])('waits for nothing any more once $when', ({ end }) => {
      const on = kafka()
      const { model } = on
      const onAppend = model.onAppend.bind(model)
      const listening = new Set<() => void>()
      model.onAppend = (run) => {
        listening.add(run)
        const silence = onAppend(run)
        return () => {
          listening.delete(run)
          silence()
        }
      }
      const seen = watch(on.calls.fetch(memoryNode, fetching([ask(0, 0n)])))
      expect([listening.size, on.clock.pending]).toEqual([1, 1])
      end(on, seen)
      on.clock.advance(0)
      expect([listening.size, on.clock.pending]).toEqual([0, 0])
    })

    it('is woken by a marker under `read_committed`', () => {
      const on = kafka()
      const place = { topic: 't', partition: 0 }
      on.model.append(place, [batch], 1n)
      const seen = watch(on.calls.fetch(memoryNode, fetching([ask(0, 0n)], { isolation: 'read_committed' })))
      on.clock.advance(100)
      expect(seen.answers).toEqual([])
      on.model.endTransaction(place, 1n, 'abort')
      on.clock.advance(0)
      expect(seen.answers).toMatchObject([
        { right: { partitions: [{ lastStableOffset: 2n, aborted: [{ producerId: 1n, firstOffset: 0n }] }] } }
      ])
    })

    it.each([
      { what: 'an offset before the start', asked: ask(0, 0n), given: code.OFFSET_OUT_OF_RANGE },
      { what: 'an offset behind the end', asked: ask(0, 4n), given: code.OFFSET_OUT_OF_RANGE },
      { what: 'an unknown partition', asked: ask(9, 0n), given: code.UNKNOWN_TOPIC_OR_PARTITION },
      { what: 'an unknown topic', asked: ask(0, 0n, { topic: 'u' }), given: code.UNKNOWN_TOPIC_OR_PARTITION }
    ])('tells $what at once, and serves the other partitions', ({ asked, given }) => {
      const on = kafka()
      fill(on, 0, 3)
      fill(on, 1, 1)
      on.model.log({ topic: 't', partition: 0 })?.deleteBefore(1n)
      const seen = watch(on.calls.fetch(memoryNode, fetching([asked, ask(1, 0n)], { minBytes: 1_000_000 })))
      on.clock.advance(0)
      expect(batches(seen.answers[0])).toEqual([null, 1])
      expect(seen.answers).toMatchObject([{ right: { code: code.NONE, partitions: [{ code: given }, {}] } }])
    })

    it('takes the end for a place to wait at', () => {
      const on = kafka()
      fill(on, 0, 1)
      const answer = answered(on, on.calls.fetch(memoryNode, fetching([ask(0, 1n)], { minBytes: 0 })))
      expect(batches(answer)).toEqual([0])
      expect(answer).toMatchObject({ right: { partitions: [{ code: code.NONE, highWatermark: 1n }] } })
    })

    it.each([
      { limit: 'its own limit', own: 2.5, all: 99, given: [2, 2] },
      { limit: 'what the request has left', own: 2, all: 3.5, given: [2, 1] },
      { limit: 'nothing once the request is full', own: 2, all: 2, given: [2, null] }
    ])('gives a partition $limit', ({ own, all, given }) => {
      const on = kafka()
      fill(on, 0, 4)
      fill(on, 1, 4)
      const maxBytes = own * batchSize
      const partitions = [ask(0, 0n, { maxBytes }), ask(1, 0n, { maxBytes })]
      const answer = answered(on, on.calls.fetch(memoryNode, fetching(partitions, { maxBytes: all * batchSize })))
      expect(batches(answer)).toEqual(given)
    })

    it('gives the first batch however large, of the first partition that has one, and only there', () => {
      const on = kafka()
      fill(on, 0, 2)
      fill(on, 1, 2)
      const tiny = { maxBytes: 1 }
      const three = [ask(0, 2n, tiny), ask(1, 0n, tiny), ask(0, 0n, tiny)]
      expect(batches(answered(on, on.calls.fetch(memoryNode, fetching(three, tiny))))).toEqual([0, 1, null])
    })
  })
})

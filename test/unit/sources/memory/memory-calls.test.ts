import { left, right } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { memoryCalls } from '../../../../src/sources/memory/memory-calls.js'
import { memoryNode } from '../../../../src/sources/memory/memory-metadata.js'
import { errorCode as code } from '../../../../src/core/protocol/error-code.js'
import {
  record,
  type Kafka,
  kafka,
  watch,
  answered,
  closed,
  member,
  joining,
  ask,
  fetching,
  requests,
  everyRequest
} from '../../../support/memory-requests.js'

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
      { api: 'ConsumerGroupHeartbeat', answer: { code: 3, assignment: null } },
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
    const toCoordinator = [
      'JoinGroup',
      'SyncGroup',
      'Heartbeat',
      'LeaveGroup',
      'ConsumerGroupHeartbeat',
      'OffsetCommit',
      'OffsetFetch'
    ] as const
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
              topicId: on.model.idOf('t'),
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
            { topic: 'nowhere', topicId: null, code: code.UNKNOWN_TOPIC_OR_PARTITION, internal: false, partitions: [] }
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
})

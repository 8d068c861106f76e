import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FetchSessions } from '../../src/sources/memory/fetch-sessions.js'
import { errorCode as code } from '../../src/core/protocol/error-code.js'
import { partitionKey } from '../../src/model/topic-partition.js'
import type { FetchedPartition, FetchPartition, FetchRequest } from '../../src/ports/kafka-calls.js'
import { FetchSession, type KeyedPartition } from '../../src/core/fetching/fetch-session.js'
import { VirtualClock } from '../support/virtual-clock.js'

const number = fc.nat(4)

/** What happens between one request and the next, and to the request. */
const round = fc.record({
  wanted: fc.array(fc.record({ partition: number, offset: fc.nat(2), maxBytes: fc.nat(1), anew: fc.boolean() })),
  grown: fc.array(number, { maxLength: 3 }),
  failing: fc.array(number, { maxLength: 1 }),
  // Mostly the same topic; one that is made again, and one of which no id is known.
  topicId: fc.oneof({ weight: 8, arbitrary: fc.constant('a') }, { weight: 1, arbitrary: fc.constantFrom('b', null) }),
  fate: fc.oneof(
    { weight: 6, arbitrary: fc.constant('answered' as const) },
    { weight: 1, arbitrary: fc.constantFrom('never arrived', 'answer lost', 'broker restarted', 'no room') }
  )
})

describe('a fetch session', () => {
  it('has the broker read exactly what is wanted, and what it tells of each partition, now or last, is what a request without session would', () => {
    fc.assert(
      fc.property(fc.array(round, { maxLength: 40 }), (rounds) => {
        const session = new FetchSession<KeyedPartition>()
        // What was told last, and the object that each was asked with: the same again only where nothing is different.
        const said = new Map<string, FetchedPartition>()
        const objects = new Map<string, KeyedPartition>()
        let broker = new FetchSessions(new VirtualClock())
        const ends = [0n, 0n, 0n, 0n, 0n]
        for (const { wanted, grown, failing, topicId, fate } of rounds) {
          for (const partition of grown) ends[partition] = (ends[partition] ?? 0n) + 1n
          // The log that the request is read from, without any session: the truth.
          const read = ({ topic, partition, offset }: FetchPartition): FetchedPartition => {
            const end = ends[partition] ?? 0n
            const failed = failing.includes(partition)
            const records = failed || offset >= end ? null : new Uint8Array(Number(end - offset))
            return {
              topic,
              partition,
              code: failed ? code.NOT_LEADER_OR_FOLLOWER : code.NONE,
              highWatermark: end,
              lastStableOffset: end,
              logStart: 0n,
              aborted: [],
              preferredReplica: -1,
              records
            }
          }
          const asked = new Map(
            wanted.map(({ partition, offset: at, maxBytes, anew }) => {
              const key = partitionKey('t', partition)
              const [offset, former] = [BigInt(at), objects.get(key)]
              // Also another that is the same: then what holds is told again.
              const isSame =
                !anew &&
                former !== undefined &&
                former.topicId === topicId &&
                former.offset === offset &&
                former.maxBytes === maxBytes
              return [key, isSame ? former : { key, topic: 't', topicId, partition, offset, leaderEpoch: 0, maxBytes }]
            })
          )
          if (asked.size === 0) continue
          for (const [key, one] of asked) objects.set(key, one)
          const byPartition = <A extends { readonly partition: number }>(ones: Iterable<A>): readonly A[] =>
            [...ones].sort((one, other) => one.partition - other.partition)
          if (fate === 'broker restarted') broker = new FetchSessions(new VirtualClock())
          const limits = { maxWaitMs: 0, minBytes: 0, maxBytes: 1, isolation: 'read_uncommitted', rack: '' } as const
          // A session that the broker has forgotten costs one more request, never two.
          for (let attempt = 0; attempt < 2; attempt++) {
            const request: FetchRequest = { ...limits, ...session.ask([...asked.values()]) }
            if (fate === 'never arrived') {
              session.lost()
              break
            }
            const begun = broker.begin(request)
            if (begun._tag === 'refused') {
              expect([fate, attempt]).toEqual(['broker restarted', 0])
              expect(session.answered({ code: begun.code, sessionId: 0, partitions: [] })).toBe('over')
              continue
            }
            expect(byPartition(begun.wanted)).toEqual(byPartition(asked.values()))
            const answer = begun.answer(begun.wanted.map(read))
            if (fate === 'answer lost') session.lost()
            else {
              const full = fate === 'no room' && request.session.epoch === 0
              const told = session.answered(full ? { ...answer, sessionId: 0 } : answer)
              if (typeof told === 'string') throw new Error(told)
              for (const one of told) {
                expect(one.requested).toBe(asked.get(one.requested.key))
                said.set(one.requested.key, one.fetched)
              }
              const quiet = (one: FetchedPartition | undefined): unknown => ({ ...one, records: null })
              const named = new Set(told.map((one) => one.requested.key))
              for (const [key, one] of asked) {
                const truth = read(one)
                expect(named.has(key) ? said.get(key) : quiet(said.get(key))).toEqual(truth)
              }
            }
            break
          }
        }
      }),
      { numRuns: 1_000 }
    )
  })
})

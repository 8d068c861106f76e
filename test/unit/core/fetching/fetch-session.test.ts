import { describe, expect, it } from 'vitest'
import { errorCode as code } from '../../../../src/core/protocol/error-code.js'
import { partitionKey } from '../../../../src/model/topic-partition.js'
import type { FetchedPartition, FetchResponse } from '../../../../src/ports/kafka-calls.js'
import { FetchSession, type KeyedPartition } from '../../../../src/core/fetching/fetch-session.js'

const ask = (partition: number, offset = 0n, change: Partial<KeyedPartition> = {}): KeyedPartition => ({
  key: partitionKey('t', partition),
  topic: 't',
  topicId: null,
  partition,
  offset,
  leaderEpoch: 0,
  maxBytes: 1_000,
  ...change
})

const fetched = (partition: number, change: Partial<FetchedPartition> = {}): FetchedPartition => ({
  topic: 't',
  partition,
  code: code.NONE,
  highWatermark: 5n,
  lastStableOffset: 5n,
  logStart: 0n,
  aborted: [],
  preferredReplica: -1,
  records: null,
  ...change
})

const answer = (sessionId: number, ...partitions: readonly FetchedPartition[]): FetchResponse => ({
  code: code.NONE,
  sessionId,
  partitions
})
const refusal = (given: number): FetchResponse => ({ code: given, sessionId: 0, partitions: [] })

/** What is told of the partitions, without how they were asked for. */
const toldBy = (session: FetchSession<KeyedPartition>, response: FetchResponse): unknown => {
  const told = session.answered(response)
  return typeof told === 'string' ? told : told.map((one) => one.fetched)
}

/** A session of two partitions that the broker has taken. */
const going = (): FetchSession<KeyedPartition> => {
  const session = new FetchSession<KeyedPartition>()
  session.ask([ask(0), ask(1)])
  session.answered(answer(7, fetched(0), fetched(1)))
  return session
}

const everything = (id: number): object => ({
  session: { id, epoch: 0 },
  partitions: [ask(0), ask(1)],
  forgotten: [],
  byTopicId: false
})

describe('FetchSession', () => {
  it('asks for a session with everything that is wanted', () => {
    expect(new FetchSession<KeyedPartition>().ask([ask(0), ask(1)])).toEqual(everything(0))
  })

  it('names nothing in a request that asks for the same', () => {
    expect(going().ask([ask(0), ask(1)])).toEqual({
      session: { id: 7, epoch: 1 },
      partitions: [],
      forgotten: [],
      byTopicId: false
    })
  })

  it.each([
    ['offset', ask(1, 4n)],
    ['leader epoch', ask(1, 0n, { leaderEpoch: 3 })],
    ['number of bytes', ask(1, 0n, { maxBytes: 10 })]
  ])('names what has another %s', (_what, changed) => {
    const session = going()
    expect(session.ask([ask(0), changed]).partitions).toEqual([changed])
    session.answered(answer(7))
    expect(session.ask([ask(0), changed])).toMatchObject({ session: { epoch: 2 }, partitions: [] })
  })

  it('names what is new and what is not wanted any more', () => {
    const session = going()
    expect(session.ask([ask(1), ask(2)])).toMatchObject({ partitions: [ask(2)], forgotten: [ask(0)] })
    session.answered(answer(7, fetched(2)))
    // Once.
    expect(session.ask([ask(1), ask(2)]).forgotten).toEqual([])
  })

  it('reports a partition that was requested differently and is not named as unchanged, without records', () => {
    const session = new FetchSession<KeyedPartition>()
    session.ask([ask(0), ask(1)])
    const full = fetched(0, {
      records: new Uint8Array(9),
      preferredReplica: 3,
      aborted: [{ producerId: 1n, firstOffset: 2n }]
    })
    expect(toldBy(session, answer(7, full, fetched(1)))).toEqual([full, fetched(1)])
    session.ask([ask(0, 5n), ask(1)])
    const news = fetched(1, { highWatermark: 6n })
    expect(toldBy(session, answer(7, news))).toEqual([news, fetched(0)])
  })

  it('returns the answer of a partition with how it was requested, though only the client sees the difference', () => {
    const session = going()
    const [zero, one] = [ask(0), ask(1)]
    expect(session.ask([zero, one]).partitions).toEqual([])
    const told = session.answered(answer(7))
    expect(told).toEqual([
      { requested: zero, fetched: fetched(0) },
      { requested: one, fetched: fetched(1) }
    ])
    expect(typeof told === 'string' ? null : told[0]?.requested).toBe(zero)
  })

  it('reports nothing of partitions that are unchanged in request and answer', () => {
    const session = new FetchSession<KeyedPartition>()
    const [zero, one] = [ask(0), ask(1)]
    session.ask([zero, one])
    session.answered(answer(7, fetched(0), fetched(1)))
    session.ask([zero, one])
    expect(session.answered(answer(7))).toEqual([])
  })

  it('reports nothing of partitions that were never answered, or answered with an error', () => {
    const session = going()
    session.ask([ask(0), ask(2)])
    const wrong = fetched(0, { code: code.OFFSET_OUT_OF_RANGE })
    expect(toldBy(session, answer(7, wrong))).toEqual([wrong])
    session.ask([ask(0), ask(2)])
    expect(session.answered(answer(7))).toEqual([])
  })

  it('asks for everything each time where the broker has no room', () => {
    const session = new FetchSession<KeyedPartition>()
    for (let round = 0; round < 3; round++) {
      expect(session.ask([ask(0), ask(1)])).toEqual(everything(0))
      expect(toldBy(session, answer(0, fetched(0)))).toEqual([fetched(0)])
    }
  })

  it('forgets a topic for another of its name that was created later, and continues', () => {
    const of = (topicId: string): KeyedPartition => ask(0, 0n, { topicId })
    const session = new FetchSession<KeyedPartition>()
    expect(session.ask([of('a')])).toMatchObject({ session: { id: 0, epoch: 0 }, byTopicId: true })
    session.answered({ code: code.NONE, sessionId: 7, partitions: [fetched(0)] })
    expect(session.ask([of('b')])).toEqual({
      session: { id: 7, epoch: 1 },
      byTopicId: true,
      partitions: [of('b')],
      forgotten: [of('a')]
    })
  })

  it('begins anew if the ids of its topics are not known any more: it uses either ids or names', () => {
    const session = new FetchSession<KeyedPartition>()
    session.ask([ask(0, 0n, { topicId: 'a' })])
    session.answered({ code: code.NONE, sessionId: 7, partitions: [fetched(0)] })
    const both = [ask(0, 0n, { topicId: 'a' }), ask(1)]
    expect(session.ask(both)).toMatchObject({ session: { id: 7, epoch: 0 }, byTopicId: false, partitions: both })
  })

  it('begins anew at once if the broker has forgotten it', () => {
    const session = going()
    session.ask([ask(0), ask(1)])
    expect(session.answered(refusal(code.FETCH_SESSION_ID_NOT_FOUND))).toBe('over')
    expect(session.ask([ask(0), ask(1)])).toEqual(everything(0))
  })

  it('ends the broker’s session and begins another if their epochs differ', () => {
    const session = going()
    session.ask([ask(0), ask(1)])
    expect(session.answered(refusal(code.INVALID_FETCH_SESSION_EPOCH))).toBe('over')
    expect(session.ask([ask(0), ask(1)])).toEqual(everything(7))
    session.answered(answer(8, fetched(0), fetched(1)))
    expect(session.ask([ask(0), ask(1)]).session).toEqual({ id: 8, epoch: 1 })
  })

  it('does the same after a request without an answer', () => {
    const session = going()
    session.ask([ask(0, 3n), ask(1)])
    session.lost()
    expect(session.ask([ask(0), ask(1)])).toEqual(everything(7))
  })

  it('is ended by its id, where there is one', () => {
    expect(new FetchSession<KeyedPartition>().end()).toBeNull()
    expect(going().end()).toEqual({ session: { id: 7, epoch: -1 }, byTopicId: false, partitions: [], forgotten: [] })
    const lost = going()
    lost.lost()
    expect(lost.end()).toEqual({ session: { id: 7, epoch: -1 }, byTopicId: false, partitions: [], forgotten: [] })
  })

  it('has failed if even a new session is refused, or with any other code', () => {
    const session = going()
    session.ask([ask(0)])
    session.answered(refusal(code.FETCH_SESSION_ID_NOT_FOUND))
    session.ask([ask(0)])
    expect(session.answered(refusal(code.FETCH_SESSION_ID_NOT_FOUND))).toBe('refused')
    const other = going()
    other.ask([ask(0)])
    expect(other.answered(refusal(code.UNKNOWN_SERVER_ERROR))).toBe('refused')
    expect(other.ask([ask(0), ask(1)])).toEqual(everything(7))
  })
})

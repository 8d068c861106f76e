import { type Either, right } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { memoryNode } from '../../../../src/sources/memory/memory-metadata.js'
import { errorCode as code } from '../../../../src/core/protocol/error-code.js'
import type { Fault } from '../../../../src/model/fault.js'
import type { FetchResponse } from '../../../../src/ports/kafka-calls.js'
import { record, type Kafka, kafka, watch, answered, ask, fetching } from '../../../support/memory-requests.js'

describe('memoryCalls: reading', () => {
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
          partitions: [
            {
              topic: 't',
              partition: 0,
              code: code.NONE,
              highWatermark: 3n,
              lastStableOffset: 3n,
              logStart: 0n,
              aborted: [],
              preferredReplica: -1
            }
          ]
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

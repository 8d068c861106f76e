import { map as mapRight } from 'fp-ts/lib/Either.js'
import { map } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { BrokerModel } from '../../../../src/sources/memory/broker-model.js'
import { memoryCalls } from '../../../../src/sources/memory/memory-calls.js'
import { assign } from '../../../../src/config/assign.js'
import { longestWaitMs } from '../../../../src/core/fetching/fetch-pacing.js'
import type { RecordRun } from '../../../../src/model/record-run.js'
import type { FetchRequest } from '../../../../src/ports/kafka-calls.js'
import type { ConsumerSession } from '../../../../src/ports/consumer-session.js'
import { nowhere, plainRecord } from '../../../support/record-runs.js'
import { sessionOn } from '../../../support/sessions.js'
import { VirtualClock } from '../../../support/virtual-clock.js'

const place = { topic: 't', partition: 0 }
const limit = 10_000
const share = 100
const most = 4_000

interface Reading {
  readonly clock: VirtualClock
  readonly session: ConsumerSession
  /** what the consumer says that it holds */
  readonly backlog: { bytes: number; isMoving: boolean }
  /** the requests since the last look, each with what it asks for in all and of the partition */
  readonly asked: () => readonly (readonly [number, number | undefined])[]
}

/** A session that reads one partition without end, for a consumer whose backlog a test sets. */
const reading = (): Reading => {
  const clock = new VirtualClock()
  const model = new BrokerModel(clock)
  model.createTopic('t', 1)
  for (let number = 0; number < 1_000; number++) model.append(place, [plainRecord('x')])
  const backlog = { bytes: 0, isMoving: false }
  const requests: FetchRequest[] = []
  const calls = memoryCalls(model)
  const session = sessionOn(
    {
      ...calls,
      fetch: (node, request) => {
        requests.push(request)
        return calls.fetch(node, request)
      }
    },
    clock,
    {
      subscription: assign([{ ...place, from: 'beginning' }]),
      'fetch.max.bytes': limit,
      'max.partition.fetch.bytes': most
    },
    {
      assigned: () => {
        clock.turn(() => {
          session.fetchFrom(place, 1, 0n, -1)
        })
      },
      backlog: () => backlog
    }
  )
  clock.advance(100)
  const asked = (): readonly (readonly [number, number | undefined])[] =>
    requests.splice(0).map(({ maxBytes, partitions }) => [maxBytes, partitions[0]?.maxBytes] as const)
  return { clock, session, backlog, asked }
}

describe('records that are a small part of a large response', () => {
  it('do not keep it in memory: their bytes are copied', () => {
    const clock = new VirtualClock()
    const model = new BrokerModel(clock)
    model.createTopic('t', 1)
    model.append(place, [plainRecord('x')])
    const calls = memoryCalls(model)
    const runs: RecordRun[] = []
    const inLarge = (records: Uint8Array): Uint8Array => {
      const answer = new Uint8Array(1_000_000)
      answer.set(records, 500)
      return answer.subarray(500, 500 + records.length)
    }
    const session = sessionOn(
      {
        ...calls,
        fetch: (node, request) =>
          calls.fetch(node, request).pipe(
            map(
              mapRight((answer) => ({
                ...answer,
                partitions: answer.partitions.map((one) => ({ ...one, records: one.records && inLarge(one.records) }))
              }))
            )
          )
      },
      clock,
      { subscription: assign([{ ...place, from: 'beginning' }]) },
      {
        assigned: () => {
          clock.turn(() => {
            session.fetchFrom(place, 1, 0n, -1)
            session.demand(place, share)
          })
        },
        records: ({ run }) => runs.push(run)
      }
    )
    clock.advance(100)
    const [run] = runs
    expect(run?.advance()).toBe(true)
    const value = run?.record(nowhere, 0).value
    expect([value?.length, (value?.buffer.byteLength ?? 0) < 200]).toEqual([1, true])
  })
})

describe('a session whose consumer has a backlog', () => {
  it('requests the maximum while there is room', () => {
    const { clock, session, asked } = reading()
    session.demand(place, share)
    clock.advance(1)
    expect(asked()[0]).toEqual([most, most])
  })

  it('requests no more than there is room for', () => {
    const { clock, session, backlog, asked } = reading()
    Object.assign(backlog, { bytes: 7_000, isMoving: true })
    session.demand(place, share)
    clock.advance(1)
    expect(asked()[0]).toEqual([3_000, most])
  })

  it('waits while records are delivered and there is little room, until there is more', () => {
    const { clock, session, backlog, asked } = reading()
    Object.assign(backlog, { bytes: limit, isMoving: true })
    session.demand(place, share)
    clock.advance(longestWaitMs - 1)
    session.delivered()
    expect(asked()).toEqual([])
    backlog.bytes = limit / 2
    session.delivered()
    expect(asked()).toEqual([[most, most]])
  })

  it('stops waiting once nothing can be delivered, and requests the partition’s share', () => {
    const { clock, session, backlog, asked } = reading()
    Object.assign(backlog, { bytes: limit, isMoving: true })
    session.demand(place, share)
    clock.advance(1)
    backlog.isMoving = false
    session.delivered()
    expect(asked()).toEqual([[share, share]])
  })

  it('waits no longer than its limit', () => {
    const { clock, session, backlog, asked } = reading()
    Object.assign(backlog, { bytes: limit, isMoving: true })
    session.demand(place, share)
    clock.advance(longestWaitMs)
    expect(asked()).toEqual([[share, share]])
    clock.advance(longestWaitMs)
    expect(asked()).toEqual([[share, share]])
  })
})

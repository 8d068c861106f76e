import { type Either, left, right } from 'fp-ts/lib/Either.js'
import { Observable, of, switchMap } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { BrokerModel } from '../../../../src/sources/memory/broker-model.js'
import { memoryCalls } from '../../../../src/sources/memory/memory-calls.js'
import { memoryNode } from '../../../../src/sources/memory/memory-metadata.js'
import { assign } from '../../../../src/config/assign.js'
import { errorCode } from '../../../../src/core/protocol/error-code.js'
import type { Fault } from '../../../../src/model/fault.js'
import type { FetchedRecords } from '../../../../src/ports/consumer-session.js'
import type { FetchedPartition, FetchResponse } from '../../../../src/ports/kafka-calls.js'
import type { Step } from '../../../../src/ports/step.js'
import { plainRecord } from '../../../support/record-runs.js'
import { sessionOn } from '../../../support/sessions.js'
import { VirtualClock } from '../../../support/virtual-clock.js'

const place = { topic: 't', partition: 0 }
const follower = memoryNode + 1

interface Follower {
  state: 'right' | 'down' | 'behind'
  /** out of sync, as the leader knows */
  isOut: boolean
}

/** A session that reads one partition; its leader sends a reader in rack `west` to a follower. */
const reading = (
  rack: string
): {
  readonly clock: VirtualClock
  readonly append: () => void
  readonly records: FetchedRecords[]
  /** the nodes that were asked, since this was last looked at */
  readonly asked: () => readonly number[]
  readonly follower: Follower
  readonly lost: unknown[]
} => {
  const clock = new VirtualClock()
  const model = new BrokerModel(clock)
  model.createTopic('t', 1)
  const records: FetchedRecords[] = []
  const lost: unknown[] = []
  const asked: number[] = []
  const replica: Follower = { state: 'right', isOut: false }
  const calls = memoryCalls(model)
  const only = (more: Partial<FetchedPartition>): FetchResponse => {
    const ends = { highWatermark: 0n, lastStableOffset: 0n, logStart: 0n }
    const nothing = { ...place, ...ends, code: errorCode.NONE, aborted: [], preferredReplica: -1, records: null }
    return { code: errorCode.NONE, sessionId: 0, partitions: [{ ...nothing, ...more }] }
  }
  const answer = (given: Either<Fault, FetchResponse>): Step<FetchResponse> =>
    new Observable((subscriber) =>
      clock.schedule(5, () => {
        subscriber.next(given)
        subscriber.complete()
      })
    )
  const session = sessionOn(
    {
      ...calls,
      fetch: (node, request) => {
        asked.push(node)
        if (node === memoryNode && request.rack === 'west' && !replica.isOut)
          return answer(right(only({ preferredReplica: follower })))
        if (node === follower && replica.state === 'down')
          return answer(left({ _tag: 'ConnectionFault', broker: 'follower', reason: 'gone' }))
        if (node === follower && replica.state === 'behind')
          return answer(right(only({ code: errorCode.OFFSET_OUT_OF_RANGE })))
        return calls.fetch(memoryNode, request)
      }
    },
    clock,
    { 'client.rack': rack, subscription: assign([{ ...place, from: 'beginning' }]) },
    {
      assigned: () => {
        clock.turn(() => {
          session.fetchFrom(place, 1, 0n, -1)
          session.demand(place, 1_000_000)
        })
      },
      records: (fetched) => records.push(fetched),
      outOfRange: (partition) => lost.push(partition)
    }
  )
  const append = (): void => void model.append(place, [plainRecord('x')])
  return { clock, append, records, asked: () => asked.splice(0), follower: replica, lost }
}

const end = (records: readonly FetchedRecords[]): bigint | undefined => records.at(-1)?.run.nextOffset

describe('a reader whose leader sends it to a follower', () => {
  it('sends its rack, and reads from the follower from then on', () => {
    const { clock, append, records, asked } = reading('west')
    append()
    clock.advance(2_000)
    const [first, ...others] = asked()
    expect(first).toBe(memoryNode)
    expect(new Set(others)).toEqual(new Set([follower]))
    expect(end(records)).toBe(1n)
  })

  it('is a reader in the follower’s rack', () => {
    const { clock, append, records, asked } = reading('east')
    append()
    clock.advance(2_000)
    expect(new Set(asked())).toEqual(new Set([memoryNode]))
    expect(end(records)).toBe(1n)
  })

  it('asks the leader again once metadata.max.age.ms is over', () => {
    const { clock, asked } = reading('west')
    clock.advance(2_000)
    asked()
    clock.advance(290_000)
    expect(asked()).not.toContain(memoryNode)
    clock.advance(20_000)
    expect(asked()).toContain(memoryNode)
  })

  it('asks the leader again as soon as the follower cannot be reached', () => {
    const { clock, append, records, asked, follower: replica } = reading('west')
    clock.advance(2_000)
    asked()
    replica.state = 'down'
    clock.advance(1_000)
    append()
    clock.advance(1_000)
    // It names the same as long as it does not know.
    expect(asked()).toEqual(expect.arrayContaining([memoryNode, follower]))
    expect(end(records)).not.toBe(1n)
    replica.isOut = true
    clock.advance(2_000)
    expect(end(records)).toBe(1n)
    expect(asked().at(-1)).toBe(memoryNode)
  })

  it('asks the leader whether a position is out of range that the follower does not have', () => {
    const { clock, asked, follower: replica, lost } = reading('west')
    clock.advance(2_000)
    asked()
    replica.state = 'behind'
    clock.advance(2_000)
    expect(asked()).toContain(memoryNode)
    expect(lost).toEqual([])
  })
})

describe('a follower that refuses, while the leader keeps a fetch session in which nothing is new', () => {
  it('is forgotten with its refusal: the partition is read from the leader, without an error', () => {
    const clock = new VirtualClock()
    const model = new BrokerModel(clock)
    model.createTopic('t', 1)
    const asked: number[] = []
    const fetched = {
      ...place,
      code: errorCode.NONE,
      highWatermark: 5n,
      lastStableOffset: 5n,
      logStart: 0n,
      aborted: [],
      preferredReplica: -1,
      records: null
    }
    const told = (sessionId: number, ...partitions: readonly FetchedPartition[]): Step<FetchResponse> =>
      of(right({ code: errorCode.NONE, sessionId, partitions })).pipe(
        switchMap(
          (answer) =>
            new Observable<typeof answer>((subscriber) =>
              clock.schedule(5, () => {
                subscriber.next(answer)
                subscriber.complete()
              })
            )
        )
      )
    const session = sessionOn(
      {
        ...memoryCalls(model),
        fetch: (node, { session: { epoch } }) => {
          asked.push(node)
          if (node === follower) return told(9, { ...fetched, code: errorCode.NOT_LEADER_OR_FOLLOWER })
          return epoch === 0 ? told(7, { ...fetched, preferredReplica: follower }) : told(7)
        }
      },
      clock,
      { 'client.rack': 'west', subscription: assign([{ ...place, from: 'beginning' }]) },
      {
        assigned: () => {
          clock.turn(() => {
            session.fetchFrom(place, 1, 5n, -1)
            session.demand(place, 1_000_000)
          })
        }
      }
    )
    clock.advance(50)
    expect(asked).toEqual([memoryNode, follower])
    expect(session.troubleOf(place)).toMatchObject({ _tag: 'BrokerFault' })
    clock.advance(1_000)
    expect(new Set(asked.slice(2))).toEqual(new Set([memoryNode]))
    expect(session.troubleOf(place)).toBeNull()
  })
})

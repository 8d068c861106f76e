import { type Either, left, map, right } from 'fp-ts/lib/Either.js'
import { map as operatorMap, NEVER, Observable, of } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { BrokerModel } from '../../../../src/sources/memory/broker-model.js'
import { memoryCalls } from '../../../../src/sources/memory/memory-calls.js'
import { memoryNode } from '../../../../src/sources/memory/memory-metadata.js'
import { assign } from '../../../../src/config/assign.js'
import { errorCode as code } from '../../../../src/core/protocol/error-code.js'
import type { Fault } from '../../../../src/model/fault.js'
import type { ClusterMetadata, FetchResponse } from '../../../../src/ports/kafka-calls.js'
import type { Step } from '../../../../src/ports/step.js'
import { plainRecord } from '../../../support/record-runs.js'
import { sessionOn } from '../../../support/sessions.js'
import { VirtualClock } from '../../../support/virtual-clock.js'

const place = { topic: 't', partition: 0 }
const next = memoryNode + 1

/** Metadata takes longer than the pause after a request that failed. */
const metadataMs = 1_500

const leadBy = (node: number, metadata: Either<Fault, ClusterMetadata>): Either<Fault, ClusterMetadata> =>
  map((all: ClusterMetadata) => ({
    ...all,
    brokers: [...all.brokers, { nodeId: next, host: 'next', port: 1, rack: null }],
    topics: all.topics.map((topic) => ({
      ...topic,
      partitions: topic.partitions.map((one) => ({ ...one, leader: node, leaderEpoch: node === next ? 1 : 0 }))
    }))
  }))(metadata)

/** The log goes on behind what was given out. */
const withMore = (response: FetchResponse): FetchResponse => ({
  ...response,
  partitions: response.partitions.map((one) => ({ ...one, highWatermark: 9n, lastStableOffset: 9n }))
})

describe('a leader that hangs', () => {
  it('is not waited for once another broker leads, though it accepts requests and is known to have more', () => {
    const clock = new VirtualClock()
    const model = new BrokerModel(clock)
    model.createTopic('t', 1)
    model.append(place, [plainRecord('x')])
    const calls = memoryCalls(model)
    const asked: (readonly [node: number, at: number])[] = []
    let stoodStillAt = Infinity
    const late = <A>(answer: Observable<A>): Observable<A> =>
      new Observable((subscriber) => clock.schedule(metadataMs, () => answer.subscribe(subscriber)))
    const session = sessionOn(
      {
        ...calls,
        metadata: (topics): Step<ClusterMetadata> => {
          const hasMoved = clock.now() >= stoodStillAt
          const answer = new Observable<Either<Fault, ClusterMetadata>>((subscriber) =>
            calls.metadata(topics).subscribe((one) => {
              subscriber.next(leadBy(hasMoved ? next : memoryNode, one))
              subscriber.complete()
            })
          )
          return hasMoved ? late(answer) : answer
        },
        offsetForLeaderEpoch: (_node, partitions) =>
          late(of(right(partitions.map((one) => ({ ...one, code: code.NONE, endOffset: 9n }))))),
        fetch: (node, request) => {
          asked.push([node, clock.now()])
          if (asked.length === 1) return calls.fetch(node, request).pipe(operatorMap(map(withMore)))
          if (node === next || stoodStillAt < Infinity) return NEVER
          stoodStillAt = clock.now()
          return of(
            left({ _tag: 'ConnectionFault', broker: 'b', reason: 'no answer to Fetch within 30000 ms' } as const)
          )
        }
      },
      clock,
      { subscription: assign([{ ...place, from: 'beginning' }]) },
      {
        assigned: () => {
          clock.turn(() => {
            session.fetchFrom(place, 1, 0n, -1)
            session.demand(place, 1_000_000)
          })
        }
      }
    )
    clock.advance(20_000)
    const [, , third, fourth] = asked
    expect([third?.[0], fourth?.[0]]).toEqual([memoryNode, next])
    expect((fourth?.[1] ?? Infinity) - stoodStillAt).toBeLessThanOrEqual(2 * metadataMs)
  })
})

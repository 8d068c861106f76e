import { isLeft, right } from 'fp-ts/lib/Either.js'
import { Observable, of } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { BrokerModel } from '../../../../src/sources/memory/broker-model.js'
import { memoryCalls } from '../../../../src/sources/memory/memory-calls.js'
import { memoryNode } from '../../../../src/sources/memory/memory-metadata.js'
import { memoryProduceCalls } from '../../../../src/sources/memory/memory-produce-calls.js'
import { assign } from '../../../../src/config/assign.js'
import { decodeProducerConfig } from '../../../../src/config/producer-config.js'
import { errorCode as code } from '../../../../src/core/protocol/error-code.js'
import { bareAnswer } from '../../../../src/core/producing/batch-answer.js'
import { crc32c } from '../../../../src/core/records/crc32c.js'
import type { CurrentLeader, FetchResponse } from '../../../../src/ports/kafka-calls.js'
import type { Step } from '../../../../src/ports/step.js'
import { openProducer } from '../../../../src/engine/producing/open-producer.js'
import { plainRecord } from '../../../support/record-runs.js'
import { sessionOn } from '../../../support/sessions.js'
import { VirtualClock } from '../../../support/virtual-clock.js'

const place = { topic: 't', partition: 0 }
/** Leads from now on; of the others only the former leader has heard of it. */
const next = memoryNode + 1
const afterMs = 5

interface Trial {
  readonly clock: VirtualClock
  /** the nodes, in the order in which they were asked, and when */
  readonly asked: readonly (readonly [node: number, at: number])[]
  /** how often metadata was asked for */
  readonly lookups: () => number
  readonly done: () => boolean
}

const later = <E, A>(clock: VirtualClock, value: A): Step<A, E> =>
  new Observable((subscriber) =>
    clock.schedule(afterMs, () => {
      subscriber.next(right(value))
      subscriber.complete()
    })
  )
const naming = (currentLeader: CurrentLeader | null): { readonly currentLeader?: CurrentLeader } =>
  currentLeader === null ? {} : { currentLeader }

/** Reads one partition; whoever is asked names somebody, but the one that leads. */
const reading = (named: (node: number) => CurrentLeader | null, leads = next): Trial => {
  const clock = new VirtualClock()
  const model = new BrokerModel(clock)
  model.createTopic('t', 1)
  model.append(place, [plainRecord('x')])
  const calls = memoryCalls(model)
  const asked: (readonly [number, number])[] = []
  let lookups = 0
  let read = 0n
  const refusal = (node: number): FetchResponse => {
    const ends = { highWatermark: -1n, lastStableOffset: -1n, logStart: -1n }
    const refused = {
      ...place,
      ...ends,
      code: code.NOT_LEADER_OR_FOLLOWER,
      aborted: [],
      preferredReplica: -1,
      records: null
    }
    return { code: code.NONE, sessionId: 0, partitions: [{ ...refused, ...naming(named(node)) }] }
  }
  const session = sessionOn(
    {
      ...calls,
      metadata: (topics) => (lookups++, calls.metadata(topics)),
      // What was read is in the log of the next leader.
      offsetForLeaderEpoch: (_node, partitions) =>
        of(right(partitions.map((one) => ({ ...one, code: code.NONE, endOffset: 9n })))),
      fetch: (node, request) => {
        asked.push([node, clock.now()])
        if (node !== leads) return later(clock, refusal(node))
        // The model's log knows no other epoch.
        return calls.fetch(memoryNode, {
          ...request,
          partitions: request.partitions.map((one) => ({ ...one, leaderEpoch: -1 }))
        })
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
      },
      records: ({ run }) => {
        read = run.nextOffset
      }
    }
  )
  return { clock, asked, lookups: () => lookups, done: () => read === 1n }
}

/** Writes one record, as above. */
const writing = (named: (node: number) => CurrentLeader | null, leads = next): Trial => {
  const clock = new VirtualClock()
  const model = new BrokerModel(clock)
  model.createTopic('t', 1)
  const calls = memoryProduceCalls(model)
  const asked: (readonly [number, number])[] = []
  let lookups = 0
  let isWritten = false
  const settings = decodeProducerConfig({})
  if (isLeft(settings)) throw new Error('the configuration is wrong')
  const session = openProducer({
    calls: {
      ...calls,
      metadata: (topics) => (lookups++, calls.metadata(topics)),
      produce: (node, request) => {
        asked.push([node, clock.now()])
        const refused = { ...place, ...bareAnswer(code.NOT_LEADER_OR_FOLLOWER), ...naming(named(node)) }
        return node === leads ? calls.produce(memoryNode, request) : later(clock, [refused])
      }
    },
    clock,
    random: () => 0.5,
    settings: settings.right,
    compressor: null,
    checksum: crc32c
  })
  const callbacks = { written: () => (isWritten = true), failed: () => undefined }
  session.send({ ...place, key: null, value: 'x', headers: [] }, callbacks, 0)
  return { clock, asked, lookups: () => lookups, done: () => isWritten }
}

describe.each([
  ['read from', reading],
  ['written to', writing]
] as const)('a leader that the former one names is %s', (_what, trial) => {
  it('at once, and no metadata is requested', () => {
    const { clock, asked, lookups, done } = trial(() => ({ nodeId: next, leaderEpoch: 7 }))
    clock.advance(1_000)
    expect(done()).toBe(true)
    const [first, second] = asked
    expect([first?.[0], second?.[0], lookups()]).toEqual([memoryNode, next, 1])
    expect((second?.[1] ?? 0) - (first?.[1] ?? 0)).toBe(afterMs)
  })

  it('only if it is named: otherwise metadata is requested, after a pause', () => {
    const { clock, asked, lookups } = trial(() => null)
    clock.advance(1_000)
    expect(lookups()).toBeGreaterThan(1)
    expect(new Set(asked.map(([node]) => node))).toEqual(new Set([memoryNode]))
    expect((asked[1]?.[1] ?? 0) - (asked[0]?.[1] ?? 0)).toBeGreaterThanOrEqual(50)
  })

  it('with a pause between, if brokers name each other', () => {
    let epoch = 7
    const { clock, asked } = trial(
      (node) => ({ nodeId: node === memoryNode ? next : memoryNode, leaderEpoch: epoch++ }),
      next + 1
    )
    clock.advance(1_000)
    expect(asked.length).toBeGreaterThan(3)
    expect(asked.length).toBeLessThan(22)
  })
})

describe('a leader that is named by a broker with old metadata', () => {
  it('is not read from: its epoch is the older', () => {
    const { clock, asked } = reading(() => ({ nodeId: next, leaderEpoch: -1 }))
    clock.advance(1_000)
    expect(new Set(asked.map(([node]) => node))).toEqual(new Set([memoryNode]))
  })
})

import { right } from 'fp-ts/lib/Either.js'
import { map, NEVER } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { commit, type ConsumerEvent, consumer, eachPartition, handle, subscribe } from '../../../src/index.js'
import type { KafkaCalls } from '../../../src/ports/kafka-calls.js'
import { lasting, numberOf } from '../../support/handlers.js'
import { group, rig } from '../../support/rig.js'
import { tappedCluster } from '../../support/tapped-cluster.js'
import { protocols, sorted, upTo, witness } from '../../support/witness.js'

const quick = { 'heartbeat.interval.ms': 100 } as const

describe.each(protocols)('under the %s protocol', (_name, strategy) => {
  const config = { ...quick, ...strategy }

  // reactor-kafka#386
  it('nothing is stuck after rebalances under back pressure, with the last credit in use each time', () => {
    const { clock, orders, member, committed } = rig(4, { ...config, maxInFlight: 1, 'max.poll.records': 1 }, 400)
    const seen = witness()
    const slowly = (): unknown => lasting(clock, 30)
    seen.follow('a', orders, slowly)
    for (let round = 0; round < 10; round++) {
      clock.advance(107 + round)
      const other = seen.follow('b', member(), slowly)
      clock.advance(201 + round)
      other.unsubscribe()
    }
    expect(seen.finished.length).toBeLessThan(400)
    clock.advance(20_000)
    expect([seen.breaches, [...new Set(sorted(seen.finished))], committed()]).toEqual([
      [],
      upTo(400),
      [100n, 100n, 100n, 100n]
    ])
    expect(orders.positions().map(({ standing }) => standing)).toEqual(upTo(4).map(() => 'no data'))
  })

  // confluent-kafka-javascript#476
  it('a member with nothing buffered reads on after a rebalance: what it keeps, and what it gains', () => {
    const { clock, cluster, orders, member } = rig(4, config)
    const seen = witness()
    seen.follow('a', orders)
    clock.advance(30_000)
    const other = member()
    const following = seen.follow('b', other)
    clock.advance(30_000)
    expect([orders.positions(), other.positions()].map((held) => held.length)).toEqual([2, 2])
    for (const number of upTo(4)) cluster.produce('orders', { partition: number, value: String(number) })
    clock.advance(100)
    expect(sorted(seen.handled)).toEqual(upTo(4))
    following.unsubscribe()
    clock.advance(30_000)
    for (const number of upTo(4)) cluster.produce('orders', { partition: number, value: String(number + 4) })
    clock.advance(100)
    expect(sorted(seen.handled)).toEqual(upTo(8))
  })

  // kafkajs#659
  it('a handler that hangs stops no other partition, no commit, no heartbeat and no rebalance', () => {
    const { clock, cluster, orders, member, committed } = rig(
      6,
      { ...config, 'drain.timeout.ms': 5_000, maxInFlight: 5 },
      600
    )
    const seen = witness()
    const hanging = ({ partition }: { readonly partition: number }): unknown => (partition === 2 ? NEVER : undefined)
    seen.follow('a', orders, hanging)
    clock.advance(60_000)
    expect(sorted(seen.finished)).toEqual(upTo(600).filter((number) => number % 6 !== 2))
    expect(committed()).toEqual([100n, 100n, null, 100n, 100n, 100n])
    const other = member()
    seen.follow('b', other, hanging)
    clock.advance(20_000)
    expect([orders.positions(), other.positions()].map((held) => held.length)).toEqual([3, 3])
    for (const number of upTo(6)) cluster.produce('orders', { partition: number, value: String(number + 600) })
    clock.advance(10_000)
    expect(sorted(seen.finished)).toEqual(upTo(606).filter((number) => number % 6 !== 2))
    expect(committed()).toEqual([101n, 101n, null, 101n, 101n, 101n])
  })
})

// franz-go: consuming stopped for good, with healthy heartbeats, when the offsets could not be fetched after a rebalance
describe('a member that cannot find out where to begin', () => {
  it.each([
    ['the coordinator is loading', 14],
    ['the coordinator is not available', 15],
    ['the coordinator has moved', 16],
    ['the request timed out', 7],
    ['a transaction on the offsets is open', 88],
    ['the broker has failed', -1],
    ['the answer has a code that nobody knows', 32_000],
    ['the connection breaks', 'disconnect']
  ] as const)('asks until it is told, and says so meanwhile: %s', (_why, fault) => {
    const { clock, cluster, orders, events, committed } = rig(2, quick, 10)
    const seen = witness()
    cluster.failNext('OffsetFetch', fault, 30)
    seen.follow('a', orders)
    clock.advance(8_000)
    expect(seen.handled).toEqual([])
    expect(cluster.describeGroup(group).state).toBe('Stable')
    expect(orders.positions().map(({ standing }) => standing)).toEqual(['starting', 'starting'])
    expect(events.map(({ _tag }) => _tag)).toContain(fault === 'disconnect' ? 'reconnecting' : 'waiting')
    clock.advance(60_000)
    expect([sorted(seen.finished), committed()]).toEqual([upTo(10), [5n, 5n]])
  })

  it('stops with a fault where it may not know', () => {
    const { clock, cluster, orders } = rig(1, quick, 1)
    const errors: unknown[] = []
    cluster.failNext('OffsetFetch', 30)
    orders.subscribe({ error: (error: unknown) => errors.push(error) })
    clock.advance(5_000)
    expect(errors).toMatchObject([{ fault: { _tag: 'AuthorizationFault', resource: 'group' } }])
  })
})

// quixstreams#1124
describe('one partition of several', () => {
  /** A consumer of two partitions of which the first is in trouble until it is healed. */
  const troubled = (trouble: (calls: KafkaCalls, isHealed: () => boolean) => Partial<KafkaCalls>) => {
    let healed = false
    const { clock, model, cluster, produce } = tappedCluster(2, (calls) => trouble(calls, () => healed))
    for (const partition of [0, 1]) produce(partition, ...upTo(10).map((n) => String(n * 2 + partition)))
    const orders = consumer(cluster, {
      'group.id': group,
      'auto.offset.reset': 'earliest',
      subscription: subscribe('orders'),
      ...quick
    })
    const events: ConsumerEvent[] = []
    const handled: number[] = []
    orders.events.subscribe((event) => events.push(event))
    orders
      .pipe(
        eachPartition((p) =>
          p.pipe(
            handle((record) => void handled.push(numberOf(record))),
            commit({ every: 1 })
          )
        )
      )
      .subscribe()
    const heal = (): void => {
      healed = true
    }
    return { clock, model, orders, handled, events, heal }
  }
  const odd = upTo(20).filter((number) => number % 2 === 1)

  it.each([3, 5, 6, 7, 56, 74, 75, 76, -1, 32_000])(
    'whose fetches are refused with code %i says why, stops no other, and goes on',
    (code) => {
      const { clock, orders, handled, heal } = troubled((calls, isHealed) => ({
        fetch: (node, request) =>
          calls.fetch(node, request).pipe(
            map((answer) => {
              if (answer._tag === 'Left' || isHealed()) return answer
              const partitions = answer.right.partitions.map((one) =>
                one.partition === 0 ? { ...one, code, records: new Uint8Array() } : one
              )
              return right({ ...answer.right, partitions })
            })
          )
      }))
      clock.advance(30_000)
      expect(handled).toEqual(odd)
      expect(orders.positions()).toMatchObject([
        { standing: 'broker down', fault: { _tag: expect.any(String) } },
        { standing: 'no data' }
      ])
      heal()
      clock.advance(5_000)
      expect(sorted(handled)).toEqual(upTo(20))
    }
  )

  it('whose start cannot be looked up says why, stops no other, and goes on', () => {
    const { clock, orders, handled, events, heal } = troubled((calls, isHealed) => ({
      listOffsets: (node, request) =>
        calls.listOffsets(node, request).pipe(
          map((answer) => {
            if (answer._tag === 'Left' || isHealed()) return answer
            return right(answer.right.map((one) => (one.partition === 0 ? { ...one, code: 5, offset: -1n } : one)))
          })
        )
    }))
    clock.advance(30_000)
    expect(handled).toEqual(odd)
    expect(orders.positions().map(({ standing }) => standing)).toEqual(['starting', 'no data'])
    expect(events.map(({ _tag }) => _tag)).toContain('waiting')
    heal()
    clock.advance(5_000)
    expect(sorted(handled)).toEqual(upTo(20))
  })

  it('whose leader is gone says so, stops no other, and goes on', () => {
    const { clock, handled, heal } = troubled((calls, isHealed) => ({
      metadata: (topics) =>
        calls.metadata(topics).pipe(
          map((answer) => {
            if (answer._tag === 'Left' || isHealed()) return answer
            const described = answer.right.topics.map((topic) => ({
              ...topic,
              partitions: topic.partitions.map((one) => (one.partition === 0 ? { ...one, leader: -1, code: 5 } : one))
            }))
            return right({ ...answer.right, topics: described })
          })
        )
    }))
    clock.advance(30_000)
    expect(handled).toEqual(odd)
    heal()
    clock.advance(5_000)
    expect(sorted(handled)).toEqual(upTo(20))
  })

  it('whose fetches are never answered is asked for anew', () => {
    let deaf = true
    const { clock, handled, events } = troubled((calls) => ({
      fetch: (node, request) =>
        deaf && request.partitions.some(({ partition }) => partition === 0) ? NEVER : calls.fetch(node, request)
    }))
    clock.advance(60_000)
    expect(events).toContainEqual(expect.objectContaining({ _tag: 'silent' }))
    deaf = false
    clock.advance(60_000)
    expect(sorted(handled)).toEqual(upTo(20))
  })
})

import { describe, expect, it } from 'vitest'
import { assign, consumer, type Consumer, subscribe } from '../../../src/index.js'
import { seededRandom } from '../../../src/internal/seeded-random.js'
import { lasting, manual, type Manual } from '../../support/handlers.js'
import { plainRecord } from '../../support/record-runs.js'
import { rig } from '../../support/rig.js'
import { slowAnswer, tappedCluster } from '../../support/tapped-cluster.js'
import { sorted, upTo, witness } from '../../support/witness.js'

const held = (reader: Consumer): readonly string[] =>
  reader
    .positions()
    .map(({ topic, partition }) => `${topic}/${String(partition)}`)
    .sort()

const at = (
  partition: number,
  from: 'beginning' | 'end' | 'committed' | { offset: bigint } = 'committed',
  topic = 'orders'
) => ({ topic, partition, from })

describe('resubscribe(assign(…)) while it runs', () => {
  /** Reads partitions 0 and 1 of three, which have 4 records each: 0, 3, 6, 9 are in partition 0. */
  const running = (config: object = {}, handler: Manual['handler'] | (() => undefined) = () => undefined) => {
    const made = rig(3, { subscription: assign([at(0), at(1)]), ...config }, 12)
    const seen = witness()
    const ended: unknown[] = []
    seen.follow('a', made.orders, handler, (how) => ended.push(how))
    made.clock.advance(1_000)
    return { ...made, seen, ended }
  }

  it('emits added partitions, drains and commits removed ones, and does not affect the others', () => {
    const { clock, orders, rebalances, committed, seen } = running({ 'auto.commit.interval.ms': 600_000 })
    orders.resubscribe(assign([at(1), at(2)]))
    clock.advance(1_000)
    expect([held(orders), committed()]).toEqual([
      ['orders/1', 'orders/2'],
      [4n, 4n, 4n]
    ])
    expect([sorted(seen.handled), seen.breaches]).toEqual([upTo(12), []])
    expect(seen.streams).toEqual(['a+0', 'a+1', 'a-0', 'a+2'])
    expect(rebalances).toMatchObject([
      { _tag: 'assigned', generation: -1, gained: [{ partition: 0 }, { partition: 1 }], kept: [] },
      { _tag: 'revoking', generation: -1, partitions: [{ partition: 0 }] },
      { _tag: 'revoked', partitions: [{ partition: 0, outcome: 'drained', committed: 4n, repeated: 0 }] },
      { _tag: 'assigned', generation: -1, gained: [{ partition: 2 }], kept: [{ partition: 1 }] }
    ])
  })

  it('begins at the given start; a partition that stays continues, whatever start is given for it', () => {
    const { clock, cluster, orders, seen } = running()
    orders.resubscribe(assign([at(0, 'beginning'), at(1, { offset: 0n }), at(2, { offset: 3n })]))
    clock.advance(1_000)
    expect(sorted(seen.handled)).toEqual([0, 1, 3, 4, 6, 7, 9, 10, 11])
    orders.resubscribe(assign([at(0)]))
    cluster.produce('orders', { partition: 2, value: '14' })
    clock.advance(1_000)
    orders.resubscribe(assign([at(0), at(2)]))
    clock.advance(1_000)
    expect(seen.handled.filter((number) => number % 3 === 2)).toEqual([11, 14])
  })

  it('begins by auto.offset.reset where nothing is stored, also in a topic that was not read before', () => {
    // The topic is asked about for a while: that it was there all along is not known before.
    const { clock, model, cluster } = tappedCluster(1, (calls, time) => ({
      metadata: (topics) => slowAnswer(time, 300, calls.metadata(topics))
    }))
    model.createTopic('refunds', 1)
    model.append({ topic: 'refunds', partition: 0 }, [plainRecord('100')])
    const reader = consumer(cluster, { 'auto.offset.reset': 'latest', subscription: assign([at(0)]) })
    const seen = witness()
    seen.follow('a', reader)
    clock.advance(1_000)
    reader.resubscribe(assign([at(0, 'committed', 'refunds')]))
    clock.advance(200)
    expect(held(reader)).toEqual([])
    clock.advance(1_000)
    expect([reader.positions()[0]?.position, seen.handled]).toEqual([1n, []])
  })

  it('waits for what is in flight; what comes back meanwhile is read when it is through, from where it was', () => {
    const work = manual()
    const { clock, orders, committed, seen } = running({}, work.handler)
    expect(sorted(seen.handled)).toEqual([0, 1, 3, 4, 6, 7, 9, 10])
    orders.resubscribe(assign([at(1)]))
    clock.advance(1_000)
    orders.resubscribe(assign([at(0), at(1)]))
    clock.advance(1_000)
    expect([held(orders), orders.positions().find(({ partition }) => partition === 0)?.standing]).toEqual([
      ['orders/0', 'orders/1'],
      'draining'
    ])
    work.finish(...upTo(12))
    clock.advance(2_000)
    expect([committed().slice(0, 2), seen.breaches]).toEqual([[4n, 4n], []])
    expect(seen.streams).toEqual(['a+0', 'a+1', 'a-0', 'a+0'])
    expect(sorted(seen.handled)).toEqual([0, 1, 3, 4, 6, 7, 9, 10])
  })

  it('stops waiting for a handler that hangs at the deadline of a drain', () => {
    const { clock, orders, rebalances } = running({ 'drain.timeout.ms': 5_000 }, manual().handler)
    orders.resubscribe(assign([at(1)]))
    clock.advance(4_000)
    expect(held(orders)).toEqual(['orders/0', 'orders/1'])
    clock.advance(2_000)
    expect(held(orders)).toEqual(['orders/1'])
    expect(rebalances.at(-1)).toMatchObject({
      _tag: 'revoked',
      partitions: [{ partition: 0, outcome: 'timed out', repeated: 4 }]
    })
  })

  it('applies the last of several choices, also before the first assignment', () => {
    const { clock, cluster, orders } = rig(3, { subscription: assign([at(0)]) }, 12)
    const seen = witness()
    seen.follow('a', orders)
    orders.resubscribe(assign([at(1)]))
    clock.advance(1_000)
    expect([held(orders), seen.streams]).toEqual([['orders/1'], ['a+1']])
    for (const partition of [0, 1, 2, 0]) orders.resubscribe(assign([at(partition)]))
    clock.advance(1_000)
    expect([held(orders), seen.breaches]).toEqual([['orders/0'], []])
    cluster.produce('orders', { partition: 0, value: '12' })
    clock.advance(1_000)
    expect(seen.handled.filter((number) => number % 3 === 0)).toEqual([0, 3, 6, 9, 12])
  })

  it('ends when it is drained or closed during a change', () => {
    const { clock, orders, ended } = running()
    orders.resubscribe(assign([at(2)]))
    void orders.drain()
    orders.resubscribe(assign([at(0)]))
    clock.advance(1_000)
    expect([ended, held(orders)]).toEqual([['complete'], []])
    const second = running()
    second.orders.resubscribe(assign([at(2)]))
    void second.orders.close()
    second.clock.advance(1_000)
    expect(second.ended).toEqual(['complete'])
  })

  it('takes partitions if partitions are read, and topics if topics are', () => {
    const { clock, orders } = running()
    expect(() => {
      orders.resubscribe(subscribe('orders'))
    }).toThrow(/assign.*drain first/s)
    const { orders: member } = rig(1)
    witness().follow('b', member)
    expect(() => {
      member.resubscribe(assign([at(0)]))
    }).toThrow(/subscribe.*drain first/s)
    clock.advance(1_000)
    expect(held(orders)).toEqual(['orders/0', 'orders/1'])
  })

  it('does not affect a run that is leaving', () => {
    const work = manual()
    const { clock, orders, committed, events, rebalances, seen } = running({ 'metadata.max.age.ms': 200 }, work.handler)
    void orders.drain()
    orders.resubscribe(subscribe('nowhere'))
    clock.advance(1_000)
    expect(events).toEqual([])
    orders.resubscribe(subscribe('orders'))
    work.finish(...upTo(12))
    clock.advance(1_000)
    expect([held(orders), committed().slice(0, 2)]).toEqual([[], [4n, 4n]])
    seen.follow('b', orders)
    clock.advance(5_000)
    expect(rebalances.at(-1)).toMatchObject({ _tag: 'assigned', generation: 1, gained: [{}, {}, {}] })
  })

  it('loses, repeats and reorders nothing, no matter what is chosen and when', () => {
    for (let seed = 1; seed <= 60; seed++) {
      const random = seededRandom(seed)
      const below = (limit: number): number => Math.floor(random() * limit)
      const { clock, cluster, orders, committed } = rig(4, {
        subscription: assign([at(0)]),
        'auto.commit.interval.ms': 100
      })
      const seen = witness()
      seen.follow('a', orders, () => lasting(clock, below(300)))
      let count = 0
      for (let step = 0; step < 30; step++) {
        for (let more = below(6); more > 0; more--)
          cluster.produce('orders', { partition: count % 4, value: String(count++) })
        const chosen = [0, 1, 2, 3].filter(() => below(2) === 0)
        orders.resubscribe(assign((chosen.length === 0 ? [below(4)] : chosen).map((partition) => at(partition))))
        clock.advance(below(3) === 0 ? 0 : below(500))
      }
      orders.resubscribe(assign([at(0), at(1), at(2), at(3)]))
      clock.advance(60_000)
      expect([seed, sorted(seen.handled), seen.breaches]).toEqual([seed, upTo(count), []])
      const ends = [0, 1, 2, 3].map((partition) => cluster.logEnd({ topic: 'orders', partition }))
      expect(committed().map((offset) => offset ?? 0n)).toEqual(ends)
      void orders.close()
      clock.advance(1_000)
      expect(clock.pending).toBe(0)
    }
  })

  it('refuses what cannot be assigned, and nothing changes', () => {
    const { clock, orders } = running()
    expect(() => {
      orders.resubscribe(assign([]))
    }).toThrow(/at least one partition/)
    expect(() => {
      orders.resubscribe(assign([at(0), at(0)]))
    }).toThrow(/each partition once/)
    clock.advance(1_000)
    expect(held(orders)).toEqual(['orders/0', 'orders/1'])
  })
})

import { describe, expect, it } from 'vitest'
import {
  commit,
  type Consumer,
  consumer,
  type ConsumerConfig,
  eachPartition,
  handle,
  subscribe
} from '../../../src/index.js'
import { manual, parallel } from '../../support/handlers.js'
import { group, rig, type Rig } from '../../support/rig.js'
import { protocols, sorted, upTo, witness } from '../../support/witness.js'

const quick = { 'heartbeat.interval.ms': 100, 'session.timeout.ms': 6_000 } as const

const held = (member: Consumer): readonly number[] => member.positions().map(({ partition }) => partition)

const tags = ({ rebalances }: Rig): readonly string[] => rebalances.map(({ _tag }) => _tag)

describe.each(protocols)('what is lost, under the %s protocol', (_name, strategy) => {
  // prettier-ignore
  const ways: readonly (readonly [string, (made: Rig) => void])[] = [
    ['unknown member', ({ cluster }) => { cluster.failNext('Heartbeat', 25) }],
    ['generation over', ({ cluster }) => { cluster.failNext('Heartbeat', 22) }],
    ['session expired', ({ cluster }) => { cluster.failNext('Heartbeat', 'disconnect', 70) }]
  ]
  it.each(ways)('is aborted at once and never committed, and the member joins again: %s', (reason, lose) => {
    const made = rig(2, { ...quick, ...strategy, 'auto.commit.interval.ms': 600_000 }, 6)
    const { clock, orders, committed, commits, rebalances } = made
    const work = manual()
    const aborted: number[] = []
    const running = orders
      .pipe(
        eachPartition((p) => {
          p.signal.addEventListener('abort', () => aborted.push(clock.now()))
          return p.pipe(handle(work.handler, parallel), commit({ every: 100, withinMs: 600_000 }))
        })
      )
      .subscribe()
    clock.advance(250)
    work.finish(0, 1, 2)
    lose(made)
    clock.advance(20_000)
    const lost = rebalances.find((event) => event._tag === 'lost')
    expect(lost).toMatchObject({
      fault: { _tag: 'MembershipLostFault', reason },
      partitions: [
        { outcome: 'aborted', committed: null },
        { outcome: 'aborted', committed: null }
      ]
    })
    expect(tags(made)).toEqual(['assigned', 'lost', 'assigned'])
    expect(new Set(aborted).size).toBe(1)
    expect([committed(), commits]).toEqual([[null, null], []])
    expect(sorted(work.running())).toEqual(upTo(6))
    running.unsubscribe()
  })
})

describe('a static member', () => {
  const staticMember = { ...quick, 'group.instance.id': 'one' } as const

  it('that restarts within its session causes no rebalance, and continues where it was', () => {
    const { clock, cluster, orders, member, rebalances, committed } = rig(2, quick, 10)
    const seen = witness()
    seen.follow('a', orders)
    const first = member(staticMember)
    seen.follow('s', first)
    clock.advance(2_000)
    const before = rebalances.length
    const had = held(first)
    const { generation } = cluster.describeGroup(group)
    void first.close()
    clock.advance(3_000)
    for (const number of upTo(2)) cluster.produce('orders', { partition: number, value: String(10 + number) })
    const second = member(staticMember)
    seen.follow('s', second)
    clock.advance(20_000)
    expect([rebalances.length, held(second), cluster.describeGroup(group).generation]).toEqual([
      before,
      had,
      generation
    ])
    expect([seen.breaches, sorted(seen.finished), committed()]).toEqual([[], upTo(12), [6n, 6n]])
  })

  it('that stays away longer than its session is removed, and its partitions go to others', () => {
    const { clock, orders, member } = rig(2, quick)
    orders.subscribe()
    const first = member(staticMember)
    first.subscribe()
    clock.advance(2_000)
    void first.close()
    clock.advance(5_000)
    expect(held(orders)).toHaveLength(1)
    clock.advance(3_000)
    expect(held(orders)).toHaveLength(2)
  })

  it('leaves at once if `close` says so', () => {
    for (const end of ['close', 'drain'] as const) {
      const { clock, orders, member } = rig(2, quick)
      orders.subscribe()
      const first = member(staticMember)
      first.subscribe()
      clock.advance(2_000)
      void first[end]({ leaveGroup: true })
      clock.advance(500)
      expect([end, held(orders).length]).toEqual([end, 2])
    }
  })

  it('whose id another takes is fenced with a fault that names it, loses what it holds, and stores nothing any more', () => {
    const { clock, cluster, member, committed } = rig(2, quick, 4)
    const first = member(staticMember)
    const work = manual()
    const told: string[] = []
    const ended: unknown[] = []
    first.rebalances.subscribe(({ _tag }) => told.push(_tag))
    first.events.subscribe(({ _tag }) => told.push(_tag))
    first
      .pipe(eachPartition((p) => p.pipe(handle(work.handler, parallel), commit({ every: 1 }))))
      .subscribe({ error: (error: unknown) => ended.push(error) })
    clock.advance(1_000)
    const second = member(staticMember)
    const seen = witness()
    seen.follow('s', second)
    clock.advance(2_000)
    work.finish(0, 1)
    clock.advance(2_000)
    expect(ended).toMatchObject([{ fault: { _tag: 'FencedFault', what: 'group.instance.id', id: 'one' } }])
    expect(told).toEqual(['assigned', 'lost', 'fenced', 'stopped'])
    expect([sorted(seen.finished), committed()]).toEqual([upTo(4), [2n, 2n]])
    expect(cluster.describeGroup(group).members).toHaveLength(1)
  })
})

describe('one member more than there are partitions', () => {
  it('is not reported in the first phase of a cooperative rebalance, when a member only waits for its share', () => {
    const { clock, orders, member } = rig(2, { ...quick, 'partition.assignment.strategy': ['cooperative-sticky'] }, 2)
    orders
      .pipe(
        eachPartition((p) =>
          p.pipe(
            handle(() => undefined),
            commit()
          )
        )
      )
      .subscribe()
    clock.advance(1_000)
    const other = member()
    const said: string[] = []
    other.events.subscribe(({ _tag }) => said.push(_tag))
    other.subscribe()
    clock.advance(5_000)
    expect([said, held(other).length]).toEqual([[], 1])
  })

  it.each(protocols)('is idle, reports that, and takes over when it is needed (%s)', (_name, strategy) => {
    const { clock, orders, member } = rig(1, { ...quick, ...strategy }, 1)
    const first = orders.subscribe()
    clock.advance(1_000)
    const other = member()
    const said: string[] = []
    other.events.subscribe(({ _tag }) => said.push(_tag))
    other.subscribe()
    clock.advance(2_000)
    expect([new Set(said), held(orders), held(other)]).toEqual([new Set(['no partitions']), [0], []])
    first.unsubscribe()
    clock.advance(2_000)
    expect(held(other)).toEqual([0])
  })
})

describe.each(protocols)('what is created while a member runs, under the %s protocol', (_name, strategy) => {
  /** Under `latest`: only what is new is read from its start. */
  const reading = (subscription: ConsumerConfig['subscription']) => {
    const { clock, cluster } = rig(1)
    cluster.produce('orders', { partition: 0, value: '0' })
    const orders = consumer(cluster, {
      'group.id': group,
      subscription,
      ...quick,
      ...strategy,
      'metadata.max.age.ms': 1_000
    })
    const seen = witness()
    seen.follow('a', orders)
    clock.advance(500)
    return { clock, cluster, orders, seen }
  }

  it('is found: new partitions are read from their start', () => {
    const { clock, cluster, seen } = reading(subscribe('orders'))
    cluster.createTopic('orders', 3)
    for (const partition of upTo(3)) cluster.produce('orders', { partition, value: String(1 + partition) })
    clock.advance(5_000)
    expect([seen.breaches, sorted(seen.handled)]).toEqual([[], [1, 2, 3]])
  })

  it('is found: new topics that match are read from their start, others are not read', () => {
    const { clock, cluster, orders } = reading(subscribe(/^orders/))
    const topics: string[] = []
    orders.rebalances.subscribe((event) => {
      if (event._tag === 'assigned') topics.push(...event.gained.map(({ topic }) => topic))
    })
    cluster.createTopic('orders-eu', 1)
    cluster.createTopic('payments', 1)
    cluster.produce('orders-eu', { partition: 0, value: '7' })
    clock.advance(5_000)
    expect(topics).toContain('orders-eu')
    expect(topics).not.toContain('payments')
    expect(orders.positions()).toContainEqual(
      expect.objectContaining({ topic: 'orders-eu', position: 1n, committed: 1n })
    )
  })

  it.each([
    ['a pattern', subscribe(/^orders/)],
    ['their names', subscribe('orders', 'orders-eu')]
  ])('and a topic that is deleted completes its streams, the others continue: %s', (_by, subscription) => {
    const { clock, cluster, orders } = reading(subscription)
    cluster.createTopic('orders-eu', 2)
    clock.advance(5_000)
    expect(orders.positions()).toHaveLength(3)
    cluster.deleteTopic('orders-eu')
    clock.advance(5_000)
    expect(orders.positions().map(({ topic }) => topic)).toEqual(['orders'])
    cluster.produce('orders', { partition: 0, value: '8' })
    clock.advance(1_000)
    expect(orders.positions()).toMatchObject([{ topic: 'orders', position: 2n }])
  })
})

import { NEVER } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { commit, consumer, eachPartition, handle, type RebalanceEvent, subscribe } from '../../../src/index.js'
import { lasting } from '../../support/handlers.js'
import { group, rig } from '../../support/rig.js'
import { slowGroup, tappedCluster } from '../../support/tapped-cluster.js'
import { protocols } from '../../support/witness.js'

const quick = { 'heartbeat.interval.ms': 100 } as const

const placesOf = (event: RebalanceEvent): readonly number[] =>
  (event._tag === 'assigned' ? event.gained : event.partitions).map(({ partition }) => partition)

describe('`rebalances` emits every event in order', () => {
  it('of an eager group: all partitions are revoked, released and assigned anew, under rising generations', () => {
    const { clock, orders, member, rebalances } = rig(2, quick, 2)
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
    clock.advance(500)
    const other = member().subscribe()
    clock.advance(1_000)
    other.unsubscribe()
    clock.advance(1_000)
    expect(rebalances.map((event) => [event._tag, event.generation, placesOf(event)])).toEqual([
      ['assigned', 1, [0, 1]],
      ['revoking', 1, [0, 1]],
      ['revoked', 1, [0, 1]],
      ['assigned', 2, [0]],
      ['revoking', 2, [0]],
      ['revoked', 2, [0]],
      ['assigned', 3, [0, 1]]
    ])
  })

  it('of a cooperative group: what is kept, what is revoked, and the second phase', () => {
    const { clock, orders, member, rebalances } = rig(
      2,
      { ...quick, 'partition.assignment.strategy': ['cooperative-sticky'] },
      2
    )
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
    clock.advance(500)
    const other = member().subscribe()
    clock.advance(1_000)
    other.unsubscribe()
    clock.advance(1_000)
    const kept = rebalances.map((event) =>
      event._tag === 'assigned' ? event.kept.map(({ partition }) => partition) : null
    )
    expect(rebalances.map((event, index) => [event._tag, event.generation, placesOf(event), kept[index]])).toEqual([
      ['assigned', 1, [0, 1], []],
      ['assigned', 2, [], [0]],
      ['revoking', 2, [1], null],
      ['revoked', 2, [1], null],
      ['assigned', 3, [], [0]],
      ['assigned', 4, [1], [0]]
    ])
  })

  it.each(protocols)(
    'with the leader, the own member id, and the assignor that the group uses (%s)',
    (_name, strategy) => {
      const { clock, cluster, orders, member } = rig(2, { ...quick, ...strategy }, 2)
      const other = member()
      const told: { readonly [name in 'a' | 'b']: RebalanceEvent[] } = { a: [], b: [] }
      orders.rebalances.subscribe((event) => told.a.push(event))
      other.rebalances.subscribe((event) => told.b.push(event))
      orders.subscribe()
      clock.advance(500)
      other.subscribe()
      clock.advance(2_000)
      const { leader, members, protocol, generation } = cluster.describeGroup(group)
      const [a, b] = [told.a.at(-1), told.b.at(-1)]
      expect(a).toMatchObject({ _tag: 'assigned', generation, rebalance: { leader, memberId: leader, protocol } })
      const second = members.map(({ memberId }) => memberId).find((memberId) => memberId !== leader)
      expect(b).toMatchObject({ _tag: 'assigned', generation, rebalance: { leader, memberId: second, protocol } })
    }
  )
})

describe('the phases of a rebalance', () => {
  it('are distinguished: the drain, the wait for the others, and the answer with the assignment', () => {
    const { clock, orders, member, rebalances } = rig(2, quick, 2)
    orders
      .pipe(
        eachPartition((p) =>
          p.pipe(
            handle(() => lasting(clock, 3_000)),
            commit()
          )
        )
      )
      .subscribe()
    clock.advance(500)
    const slower = member()
    const told: RebalanceEvent[] = []
    slower.rebalances.subscribe((event) => told.push(event))
    slower.subscribe()
    clock.advance(10_000)
    const [, own] = rebalances.filter((event) => event._tag === 'assigned')
    const [others] = told.filter((event) => event._tag === 'assigned')
    expect(own?.rebalance?.drainMs).toBeGreaterThan(2_000)
    expect(own?.rebalance?.drainMs).toBeLessThan(3_000)
    expect(own?.rebalance).toMatchObject({ joinMs: 0, syncMs: 0 })
    // Who comes waits for the drain of who is there.
    expect(others?.rebalance).toMatchObject({ drainMs: 0 })
    expect(others?.rebalance?.joinMs).toBeGreaterThanOrEqual(own?.rebalance?.drainMs ?? Infinity)
  })

  it('take as long as the coordinator does', () => {
    const { clock, cluster } = tappedCluster(1, (calls, time) => slowGroup(calls, time, 40))
    const orders = consumer(cluster, { 'group.id': group, subscription: subscribe('orders') })
    const told: RebalanceEvent[] = []
    orders.rebalances.subscribe((event) => told.push(event))
    orders.subscribe()
    clock.advance(1_000)
    expect(told).toMatchObject([{ rebalance: { drainMs: 0, joinMs: 40, syncMs: 40 } }])
  })

  it('do not include a cooperative drain, since no member waits for it', () => {
    const { clock, orders, member, rebalances } = rig(
      2,
      { ...quick, 'partition.assignment.strategy': ['cooperative-sticky'] },
      2
    )
    orders
      .pipe(
        eachPartition((p) =>
          p.pipe(
            handle(() => NEVER),
            commit()
          )
        )
      )
      .subscribe()
    clock.advance(500)
    member().subscribe()
    clock.advance(10_000)
    const phases = rebalances.flatMap((event) => (event._tag === 'assigned' ? [event.rebalance] : []))
    expect(phases.length).toBeGreaterThan(1)
    expect(phases.every((phase) => phase?.drainMs === 0)).toBe(true)
  })
})

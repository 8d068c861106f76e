import { describe, expect, it } from 'vitest'
import { consumer, type RebalanceEvent, subscribe } from '../../../src/index.js'
import { lasting } from '../../support/handlers.js'
import { group, rig, type Rig } from '../../support/rig.js'
import { slowGroup, tappedCluster } from '../../support/tapped-cluster.js'
import { protocols, sorted, upTo, witness } from '../../support/witness.js'

const quick = { 'heartbeat.interval.ms': 100, 'session.timeout.ms': 2_000 } as const

const ownId = ({ cluster }: Rig): string => cluster.describeGroup(group).members[0]?.memberId ?? ''

// zio-kafka#1252
describe.each(protocols)('a partition that is lost, under the %s protocol', (_name, strategy) => {
  // prettier-ignore
  const ways: readonly (readonly [string, (made: Rig) => void])[] = [
    ['the group has forgotten the member', ({ cluster }) => { cluster.failNext('Heartbeat', 25) }],
    ['the generation is over', ({ cluster }) => { cluster.failNext('Heartbeat', 22) }],
    ['a commit is refused for an unknown member', ({ cluster }) => { cluster.failNext('OffsetCommit', 25) }],
    ['the session ends at the broker', (made) => { made.cluster.expireSession(group, ownId(made)) }],
    ['no heartbeat is answered for as long as the session lasts', ({ cluster }) => { cluster.failNext('Heartbeat', 'disconnect', 60) }]
  ]
  it.each(ways)('ends nothing but its stream; the member comes back and goes on: %s', (_way, lose) => {
    const made = rig(2, { ...quick, ...strategy }, 100)
    const { clock, cluster, orders, committed, rebalances } = made
    const seen = witness()
    const ended: unknown[] = []
    seen.follow(
      'a',
      orders,
      () => lasting(clock, 40),
      (end) => ended.push(end)
    )
    clock.advance(20)
    lose(made)
    clock.advance(30_000)
    expect(rebalances.map(({ _tag }) => _tag)).toContain('lost')
    for (const number of upTo(2)) cluster.produce('orders', { partition: number, value: String(number + 100) })
    clock.advance(5_000)
    expect([ended, seen.breaches]).toEqual([[], []])
    expect([[...new Set(sorted(seen.finished))], committed()]).toEqual([upTo(102), [51n, 51n]])
    expect(cluster.describeGroup(group).members).toHaveLength(1)
  })
})

// franz-go: members that had gone, or had been given another identity, stayed in the group
describe('no member is left behind in the group', () => {
  it('by one that closes at any moment of its joining', () => {
    for (const latencyMs of [1, 30]) {
      for (let after = 0; after < 8 * latencyMs; after += Math.max(1, latencyMs / 5)) {
        const { clock, model, cluster } = tappedCluster(1, (calls, clockOf) => slowGroup(calls, clockOf, latencyMs))
        const orders = consumer(cluster, { 'group.id': group, subscription: subscribe('orders') })
        orders.subscribe()
        clock.advance(after)
        void orders.close()
        clock.advance(8 * latencyMs)
        const { members, pending } = model.coordinator(group).describe()
        expect([latencyMs, after, members, pending]).toEqual([latencyMs, after, [], []])
      }
    }
  })

  it.each([14, 15, 16, 'disconnect'] as const)('by a LeaveGroup that is not taken at first: %s', (fault) => {
    const { clock, cluster, orders } = rig(1, quick, 1)
    orders.subscribe()
    clock.advance(500)
    cluster.failNext('LeaveGroup', fault, 2)
    void orders.close()
    clock.advance(1_000)
    expect(cluster.describeGroup(group).members).toEqual([])
    expect(clock.pending).toBe(0)
  })

  it('by one that was told to join under another identity', () => {
    const made = rig(1, quick, 1)
    const { clock, cluster, orders, rebalances } = made
    orders.subscribe()
    clock.advance(500)
    const former = ownId(made)
    cluster.expireSession(group, former)
    clock.advance(1_000)
    expect(cluster.describeGroup(group).members.map(({ memberId }) => memberId)).not.toContain(former)
    const last: RebalanceEvent | undefined = rebalances.at(-1)
    expect(last).toMatchObject({ _tag: 'assigned', rebalance: { memberId: ownId(made) } })
    void orders.close()
    clock.advance(100)
    expect(cluster.describeGroup(group)).toMatchObject({ state: 'Empty', members: [] })
  })
})

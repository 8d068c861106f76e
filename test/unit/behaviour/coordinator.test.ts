import type { Subscription } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { consumer, subscribe } from '../../../src/index.js'
import type { KafkaCalls } from '../../../src/ports/kafka-calls.js'
import { lasting } from '../../support/handlers.js'
import { group, rig } from '../../support/rig.js'
import { tappedCluster } from '../../support/tapped-cluster.js'
import { protocols, sorted, upTo, witness } from '../../support/witness.js'

const quick = { 'heartbeat.interval.ms': 100, 'session.timeout.ms': 10_000, 'auto.offset.reset': 'earliest' } as const

/** COORDINATOR_LOAD_IN_PROGRESS, COORDINATOR_NOT_AVAILABLE, NOT_COORDINATOR */
const moving = [14, 15, 16] as const

describe.each(protocols)('trouble with the coordinator, under the %s protocol', (_name, strategy) => {
  /** Two members that work all the time; trouble comes in the midst of it. */
  const working = () => {
    const made = rig(4, { ...quick, ...strategy, maxInFlight: 2 }, 400)
    const { clock, orders, member } = made
    const seen = witness()
    const slowly = (): unknown => lasting(clock, 100)
    seen.follow('a', orders, slowly)
    seen.follow('b', member(), slowly)
    clock.advance(1_500)
    const { generation } = made.cluster.describeGroup(group)
    const rest = (): void => {
      clock.advance(30_000)
      const { cluster, committed } = made
      for (const number of upTo(4)) cluster.produce('orders', { partition: number, value: String(400 + number) })
      clock.advance(2_000)
      expect([seen.breaches, [...new Set(sorted(seen.finished))]]).toEqual([[], upTo(404)])
      expect(committed()).toEqual(upTo(4).map(() => 101n))
      expect(cluster.describeGroup(group).state).toBe('Stable')
    }
    /** A third, that works too. */
    const third = (): Subscription => seen.follow('c', member(), slowly)
    return { ...made, generation, rest, third }
  }

  it.each([...moving, 7, -1, 'disconnect' as const])(
    'does not end the membership when heartbeats fail: %s',
    (fault) => {
      const { cluster, rebalances, generation, rest } = working()
      const before = rebalances.length
      cluster.failNext('Heartbeat', fault, 8)
      rest()
      expect([rebalances.length, cluster.describeGroup(group).generation]).toEqual([before, generation])
    }
  )

  it.each([...moving, 7, 27, 'disconnect' as const])('has commits sent again, and loses nothing: %s', (fault) => {
    const { cluster, clock, rebalances, commits, rest } = working()
    cluster.failNext('OffsetCommit', fault, 4)
    clock.advance(1_000)
    expect(commits.map(({ _tag }) => _tag)).toContain('retrying')
    rest()
    expect(rebalances.map(({ _tag }) => _tag)).not.toContain('lost')
  })

  it.each([
    ...[...moving, 'disconnect' as const].flatMap((fault) => [
      ['JoinGroup', fault] as const,
      ['SyncGroup', fault] as const
    ]),
    ['SyncGroup', 27] as const
  ])('in a rebalance only delays it: %s answered with %s', (api, fault) => {
    const { clock, cluster, generation, rebalances, rest, third } = working()
    cluster.failNext(api, fault, 3)
    const running = third()
    clock.advance(5_000)
    running.unsubscribe()
    rest()
    expect(rebalances.map(({ _tag }) => _tag)).not.toContain('lost')
    // One to come, one to go, each in at most three phases, and what the failures have begun anew.
    expect(cluster.describeGroup(group).generation - generation).toBeLessThan(14)
  })

  it('is followed to its new broker without a rebalance', () => {
    const { clock, cluster, rebalances, generation, rest } = working()
    const before = rebalances.length
    for (const loadingMs of [0, 500, 3_000]) {
      cluster.moveCoordinator(group, loadingMs)
      clock.advance(5_000)
    }
    rest()
    expect([rebalances.length, cluster.describeGroup(group).generation]).toEqual([before, generation])
  })

  it('in the middle of a rebalance begins it anew, and it is done once', () => {
    for (const after of [50, 110, 150, 210]) {
      const { clock, cluster, rest, third } = working()
      const running = third()
      clock.advance(after)
      cluster.moveCoordinator(group, 300)
      clock.advance(5_000)
      running.unsubscribe()
      rest()
    }
  })
})

describe.each(protocols)('a group that cannot be joined, under the %s protocol', (_name, strategy) => {
  it.each([
    ['JoinGroup', 14],
    ['JoinGroup', 15],
    ['JoinGroup', 16],
    ['JoinGroup', 22],
    ['JoinGroup', 25],
    ['JoinGroup', 27],
    ['SyncGroup', 14],
    ['SyncGroup', 15],
    ['SyncGroup', 16],
    ['SyncGroup', 22],
    ['SyncGroup', 25]
  ] as const)('is asked again with growing pauses, never in a loop: %s answered with %i', (api, code) => {
    const asked: Record<keyof Pick<KafkaCalls, 'joinGroup' | 'syncGroup' | 'leaveGroup'>, number> = {
      joinGroup: 0,
      syncGroup: 0,
      leaveGroup: 0
    }
    const { clock, model, cluster, produce } = tappedCluster(1, (calls) => ({
      joinGroup: (request) => (asked.joinGroup++, calls.joinGroup(request)),
      syncGroup: (request) => (asked.syncGroup++, calls.syncGroup(request)),
      leaveGroup: (request) => (asked.leaveGroup++, calls.leaveGroup(request))
    }))
    produce(0, '0')
    model.failNext(api, code, 2_000)
    const seen = witness()
    const orders = consumer(cluster, { 'group.id': group, subscription: subscribe('orders'), ...quick, ...strategy })
    const told: string[] = []
    orders.events.subscribe(({ _tag }) => told.push(_tag))
    seen.follow('a', orders)
    clock.advance(60_000)
    // About one a second, each of at most JoinGroup twice (for the id) and SyncGroup.
    expect(asked.joinGroup).toBeGreaterThan(10)
    expect(asked.joinGroup).toBeLessThan(200)
    expect(asked.leaveGroup).toBe(0)
    expect(told).toContain('waiting')
    while (model.takeFault(api) !== undefined);
    clock.advance(20_000)
    expect(seen.handled).toEqual([0])
  })
})

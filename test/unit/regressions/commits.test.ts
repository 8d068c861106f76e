import { describe, expect, it } from 'vitest'
import { mergeAll } from 'rxjs'
import { commit, type ConsumerRecord, eachPartition, handle } from '../../../src/index.js'
import { acknowledge, lasting, manual, numberOf, parallel } from '../../support/handlers.js'
import { group, rig } from '../../support/rig.js'
import { protocols, sorted, upTo, witness } from '../../support/witness.js'

const quick = { 'heartbeat.interval.ms': 100 } as const
const cooperative = { ...quick, 'partition.assignment.strategy': ['cooperative-sticky'] } as const

describe('what was committed', () => {
  it('is not taken back by a commit that was held during a rebalance and outlived the loss of its partition', () => {
    const { clock, cluster, orders, member, committed, rebalances } = rig(
      1,
      { ...cooperative, 'retry.backoff.ms': 40_000, 'retry.backoff.max.ms': 40_000, 'session.timeout.ms': 60_000 },
      5
    )
    const work = manual()
    orders.pipe(eachPartition((p) => p.pipe(handle(work.handler, parallel), commit({ every: 1 })))).subscribe()
    clock.advance(500)
    const other = member({ 'heartbeat.interval.ms': 3_000, 'retry.backoff.ms': 100 })
    const second = other
      .pipe(
        eachPartition((p) =>
          p.pipe(
            handle(() => undefined),
            commit({ every: 1 })
          )
        )
      )
      .subscribe()
    clock.advance(20_000)
    const [own] = cluster.describeGroup(group).members
    const third = member().subscribe()
    clock.advance(200)
    // Joining, with the partition in hand.
    expect(cluster.describeGroup(group).state).toBe('PreparingRebalance')
    work.finish(0)
    cluster.moveCoordinator(group)
    third.unsubscribe()
    clock.advance(100)
    cluster.expireSession(group, own?.memberId ?? '')
    clock.advance(10_000)
    expect(committed()).toEqual([5n])
    second.unsubscribe()
    clock.advance(200_000)
    expect(rebalances.map(({ _tag }) => _tag)).toEqual(['assigned', 'assigned', 'lost', 'assigned'])
    expect(committed()).toEqual([5n])
  })

  it('is not left where it was when the user goes back while a commit is under way', () => {
    const { clock, orders, committed } = rig(1, quick, 6)
    const work = manual()
    orders.pipe(eachPartition((p) => p.pipe(handle(work.handler, parallel), commit({ every: 1 })))).subscribe()
    clock.advance(500)
    work.finish(5, 4, 3, 2, 1, 0)
    orders.seek({ topic: 'orders', partition: 0 }, { offset: 0n })
    clock.advance(500)
    expect(committed()).toEqual([6n])
    work.finish(0)
    clock.advance(500)
    expect(committed()).toEqual([1n])
  })
})

// alpakka-kafka#750
describe.each(protocols)('a commit that comes after the revocation, under the %s protocol', (_name, strategy) => {
  const config = { ...quick, ...strategy, 'drain.timeout.ms': 1_000 }

  it('is not sent, moves nothing of the next owner, and ends nothing', () => {
    const { clock, cluster, orders, member, committed } = rig(2, { ...config, 'auto.commit.interval.ms': 100 }, 20)
    const kept: ConsumerRecord[] = []
    const ended: unknown[] = []
    const over = (how?: unknown): void => {
      ended.push(how)
    }
    orders.pipe(mergeAll()).subscribe({ next: (record) => kept.push(record), error: over, complete: over })
    clock.advance(500)
    const other = member()
    witness().follow('b', other)
    clock.advance(5_000)
    const [moved] = other.positions()
    const ofMoved = (offset: bigint): readonly (bigint | null)[] =>
      [0, 1].map((p) => (p === moved?.partition ? offset : null))
    expect(committed()).toEqual(ofMoved(10n))
    acknowledge(...kept.filter(({ partition, offset }) => partition === moved?.partition && offset < 5n))
    clock.advance(5_000)
    expect([ended, committed()]).toEqual([[], ofMoved(10n)])
    const before = kept.length
    for (const partition of [0, 1]) cluster.produce('orders', { partition, value: String(20 + partition) })
    clock.advance(5_000)
    expect(kept.slice(before).map(numberOf)).toEqual([21 - (moved?.partition ?? 0)])
    expect([ended, committed()]).toEqual([[], ofMoved(11n)])
  })

  it.each([22, 25, 27])('and is refused with code %i, ends nothing: the member goes on with what it has', (code) => {
    const { clock, cluster, orders, member, committed } = rig(2, config, 20)
    const seen = witness()
    const ended: unknown[] = []
    seen.follow(
      'a',
      orders,
      () => lasting(clock, 30),
      (how) => ended.push(how)
    )
    clock.advance(20)
    const other = seen.follow('b', member())
    cluster.failNext('OffsetCommit', code, 2)
    clock.advance(5_000)
    other.unsubscribe()
    clock.advance(20_000)
    expect([ended, seen.breaches]).toEqual([[], []])
    expect([[...new Set(sorted(seen.finished))], committed()]).toEqual([upTo(20), [10n, 10n]])
  })
})

// confluentinc/parallel-consumer#894
describe.each(['earliest', 'latest'] as const)('an assignment without traffic, under %s', (policy) => {
  const passing = (stored: boolean) => {
    const made = rig(2, { ...quick, 'auto.offset.reset': policy, 'auto.commit.interval.ms': 100 }, 100)
    const { clock, cluster, orders, member } = made
    for (const partition of [0, 1]) cluster.deleteRecords({ topic: 'orders', partition }, 30n)
    if (stored) {
      const earlier = member()
      witness().follow('z', earlier)
      clock.advance(500)
      if (policy === 'latest')
        for (const number of [100, 101]) cluster.produce('orders', { partition: number % 2, value: String(number) })
      clock.advance(500)
      void earlier.close()
      clock.advance(500)
    }
    const [before] = [made.committed()]
    orders.pause([0, 1].map((partition) => ({ topic: 'orders', partition })))
    const following = witness().follow('a', orders)
    clock.advance(20_000)
    const other = witness().follow('b', member({ 'auto.offset.reset': 'none' }))
    clock.advance(2_000)
    other.unsubscribe()
    clock.advance(2_000)
    following.unsubscribe()
    clock.advance(2_000)
    return { ...made, before }
  }

  it('stores where latest began, and under earliest nothing, where nothing was stored', () => {
    const { committed, commits } = passing(false)
    const triggers = commits.map((event) => event._tag === 'stored' && event.trigger)
    expect([committed(), triggers]).toEqual(policy === 'latest' ? [[50n, 50n], ['start']] : [[null, null], []])
  })

  it('leaves what was stored as it was, and the next member begins there', () => {
    const { clock, cluster, member, committed, before, events } = passing(true)
    expect([before, committed()]).toEqual([committed(), before])
    expect(before).toEqual(policy === 'latest' ? [51n, 51n] : [50n, 50n])
    for (const number of [200, 201]) cluster.produce('orders', { partition: number % 2, value: String(number) })
    const seen = witness()
    seen.follow('c', member())
    clock.advance(2_000)
    expect([sorted(seen.handled), events]).toEqual([[200, 201], []])
  })
})

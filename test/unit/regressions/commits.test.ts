import { describe, expect, it } from 'vitest'
import { commit, eachPartition, handle } from '../../../src/index.js'
import { manual, parallel } from '../../support/handlers.js'
import { group, rig } from '../../support/rig.js'

const quick = { 'heartbeat.interval.ms': 100 } as const
const cooperative = { ...quick, 'partition.assignment.strategy': ['cooperative-sticky'] } as const

describe('what was committed', () => {
  it('is not taken back by a commit that was held during a rebalance and outlived the loss of its partition', () => {
    const { clock, cluster, orders, member, committed, rebalances } = rig(1, { ...cooperative, 'retry.backoff.ms': 40_000, 'retry.backoff.max.ms': 40_000, 'session.timeout.ms': 60_000 }, 5) // prettier-ignore
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

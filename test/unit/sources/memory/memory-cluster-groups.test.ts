import { describe, expect, it } from 'vitest'
import { commit, deserialize, eachPartition, handle, utf8 } from '../../../../src/index.js'
import { group, rig } from '../../../support/rig.js'

describe('memoryCluster', () => {
  describe('moveCoordinator', () => {
    it.each([{ loadingMs: 0 }, { loadingMs: 2_000 }])(
      'loses a running consumer nothing, with $loadingMs ms of loading',
      ({ loadingMs }) => {
        const { clock, cluster, orders, events, committed } = rig(2)
        const seen: string[] = []
        const reading = orders
          .pipe(
            eachPartition((records) =>
              records.pipe(
                deserialize({ value: utf8 }),
                handle(({ value }) => {
                  seen.push(value)
                }),
                commit({ withinMs: 10 })
              )
            )
          )
          .subscribe()
        clock.advance(1_000)
        const before = cluster.describeGroup(group)
        cluster.moveCoordinator(group, loadingMs)
        for (const partition of [0, 1]) cluster.produce('orders', { partition, value: `after ${String(partition)}` })
        clock.advance(20_000)
        expect([seen, committed()]).toEqual([
          ['after 0', 'after 1'],
          [1n, 1n]
        ])
        expect(cluster.describeGroup(group)).toEqual(before)
        expect(before).toMatchObject({ state: 'Stable', generation: 1, members: [{ assignment: [{}, {}] }] })
        expect(events.filter(({ _tag }) => _tag === 'reconnecting')).toEqual([])
        reading.unsubscribe()
        clock.advance(20_000)
        expect([cluster.describeGroup(group).state, clock.pending]).toEqual(['Empty', 0])
      }
    )

    it('has members that were held join the group again', () => {
      const { clock, cluster, orders, member } = rig(2)
      const readers = [orders, member()].map((reader) => reader.subscribe())
      clock.advance(0)
      cluster.moveCoordinator(group, 500)
      clock.advance(30_000)
      const { state, members } = cluster.describeGroup(group)
      expect([state, members.map(({ assignment }) => assignment?.length)]).toEqual(['Stable', [1, 1]])
      for (const reader of readers) reader.unsubscribe()
      clock.advance(20_000)
      expect(clock.pending).toBe(0)
    })
  })

  describe('expireSession', () => {
    it('has the member lose its partitions and come back as another', () => {
      const { clock, cluster, orders, rebalances } = rig(1)
      const reading = orders.subscribe()
      clock.advance(1_000)
      const [former] = cluster.describeGroup(group).members
      cluster.expireSession(group, former?.memberId ?? '')
      expect(cluster.describeGroup(group)).toMatchObject({ state: 'Empty', generation: 2 })
      clock.advance(10_000)
      expect(rebalances.map(({ _tag }) => _tag)).toEqual(['assigned', 'lost', 'assigned'])
      const { state, members } = cluster.describeGroup(group)
      expect([state, members.length, members[0]?.memberId === former?.memberId]).toEqual(['Stable', 1, false])
      reading.unsubscribe()
    })
  })
})

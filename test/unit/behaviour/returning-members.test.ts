import { describe, expect, it } from 'vitest'
import { type Consumer, type ConsumerConfig, subscribe } from '../../../src/index.js'
import { group, rig } from '../../support/rig.js'
import { protocols, witness } from '../../support/witness.js'

const quick = { 'heartbeat.interval.ms': 100, 'session.timeout.ms': 6_000, 'metadata.max.age.ms': 1_000 } as const

const held = (...members: readonly Consumer[]): readonly string[] =>
  members
    .flatMap((member) => member.positions())
    .map(({ topic, partition }) => `${topic}/${String(partition)}`)
    .sort()

// Within its session a static member gets its old share back and the group does not rebalance, whatever it subscribes to now
// and whatever has become of the topics.
describe.each(protocols)(
  'a static member that comes back within its session, under the %s protocol',
  (_name, strategy) => {
    const pair = (subscription: ConsumerConfig['subscription'] = subscribe('orders')) => {
      const { clock, cluster, member } = rig(2, { ...quick, ...strategy, subscription })
      cluster.createTopic('payments', 2)
      const seen = witness()
      const start = (id: 'leader' | 'follower' | 'other', more: Partial<ConsumerConfig> = {}): Consumer => {
        const started = member({ 'group.instance.id': id, ...more })
        seen.follow(id, started)
        clock.advance(2_000)
        return started
      }
      const leader = start('leader')
      const follower = start('follower')
      clock.advance(2_000)
      const { generation } = cluster.describeGroup(group)
      const stop = (member: Consumer): void => {
        void member.close()
        clock.advance(500)
      }
      return { clock, cluster, start, stop, leader, follower, generation, seen }
    }

    it('to the same topics causes no rebalance, as the leader or as a follower', () => {
      const { clock, cluster, start, stop, leader, follower, generation } = pair()
      stop(follower)
      const second = start('follower')
      stop(leader)
      const first = start('leader')
      clock.advance(20_000)
      expect(cluster.describeGroup(group).generation).toBe(generation)
      expect([held(first).length, held(second).length]).toEqual([1, 1])
    })

    it('causes none if the others subscribe to other topics', () => {
      const { clock, cluster, start, stop, leader } = pair()
      const other = start('other', { subscription: subscribe('payments') })
      const { generation } = cluster.describeGroup(group)
      stop(leader)
      start('leader')
      clock.advance(20_000)
      expect([cluster.describeGroup(group).generation, held(other)]).toEqual([generation, ['payments/0', 'payments/1']])
    })

    it.each(['leader', 'follower'] as const)('as the %s with one more topic has that assigned', (id) => {
      const { clock, start, stop, ...members } = pair()
      stop(members[id])
      const back = start(id, { subscription: subscribe('orders', 'payments') })
      clock.advance(3_000)
      expect(held(back).filter((place) => place.startsWith('payments'))).toEqual(['payments/0', 'payments/1'])
      const other = id === 'leader' ? members.follower : members.leader
      expect(held(back, other)).toEqual(['orders/0', 'orders/1', 'payments/0', 'payments/1'])
    })

    it.each(['leader', 'follower'] as const)(
      'as the %s has the partitions assigned that were added meanwhile',
      (id) => {
        const { clock, cluster, start, stop, ...members } = pair()
        stop(members[id])
        cluster.createTopic('orders', 4)
        const back = start(id)
        clock.advance(3_000)
        const other = id === 'leader' ? members.follower : members.leader
        expect(held(back, other)).toEqual(['orders/0', 'orders/1', 'orders/2', 'orders/3'])
      }
    )

    it('as the leader has the partitions assigned that were added to what only a follower subscribes to', () => {
      const { clock, cluster, start, stop, leader, follower } = pair()
      stop(follower)
      const other = start('follower', { subscription: subscribe('payments') })
      stop(leader)
      cluster.createTopic('payments', 3)
      const back = start('leader')
      clock.advance(3_000)
      expect([held(back), held(other)]).toEqual([
        ['orders/0', 'orders/1'],
        ['payments/0', 'payments/1', 'payments/2']
      ])
    })

    it('releases partitions that it no longer subscribes to, and does not read them meanwhile', () => {
      const { clock, start, stop, leader, follower, seen } = pair()
      stop(follower)
      const before = seen.streams.length
      const back = start('follower', { subscription: subscribe('payments') })
      clock.advance(3_000)
      expect([held(leader), held(back)]).toEqual([
        ['orders/0', 'orders/1'],
        ['payments/0', 'payments/1']
      ])
      expect(seen.streams.slice(before).filter((stream) => stream.startsWith('follower+'))).toHaveLength(2)
    })

    it('to a topic that is created later gets it assigned then', () => {
      const { clock, cluster, start, stop, follower } = pair()
      stop(follower)
      const back = start('follower', { subscription: subscribe('orders', 'refunds') })
      clock.advance(3_000)
      cluster.createTopic('refunds', 1)
      clock.advance(5_000)
      expect(held(back)).toContain('refunds/0')
    })

    it('by a pattern that matches more topics gets these assigned', () => {
      const { clock, cluster, start, stop, follower } = pair(subscribe(/^orders/))
      stop(follower)
      cluster.createTopic('orders-eu', 1)
      const back = start('follower', { subscription: subscribe(/orders/) })
      clock.advance(3_000)
      expect(held(back).length).toBeGreaterThan(0)
    })

    it.each(['disconnect', 14, 15, 16, -1] as const)(
      'asks again if the coordinator does not return the assignment: %s',
      (fault) => {
        const { clock, cluster, start, stop, follower } = pair()
        stop(follower)
        cluster.failNext('DescribeGroups', fault, 2)
        const back = start('follower', { subscription: subscribe('orders', 'payments') })
        clock.advance(3_000)
        expect(held(back)).toContain('payments/0')
      }
    )
  }
)

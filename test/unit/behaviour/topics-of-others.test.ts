import { describe, expect, it } from 'vitest'
import { type Consumer, type ConsumerConfig, subscribe } from '../../../src/index.js'
import { group, rig } from '../../support/rig.js'
import { protocols, witness } from '../../support/witness.js'

const quick = { 'heartbeat.interval.ms': 100, 'session.timeout.ms': 6_000, 'metadata.max.age.ms': 1_000 } as const

const held = (member: Consumer): readonly string[] =>
  member
    .positions()
    .map(({ topic, partition }) => `${topic}/${String(partition)}`)
    .sort()

describe.each(protocols)('the leader watches the topics of all members, under the %s protocol', (_name, strategy) => {
  const pair = (
    others: ConsumerConfig['subscription'],
    leading: ConsumerConfig['subscription'] = subscribe('orders')
  ) => {
    const { clock, cluster, orders, member, rebalances } = rig(1, { ...quick, ...strategy, subscription: leading })
    cluster.createTopic('payments', 1)
    witness().follow('a', orders)
    clock.advance(2_000)
    const follower = member({ subscription: others })
    witness().follow('b', follower)
    clock.advance(3_000)
    const { generation } = cluster.describeGroup(group)
    return { clock, cluster, orders, follower, rebalances, member, generation }
  }

  it('partitions that are added to a topic of a follower alone are assigned', () => {
    const { clock, cluster, follower } = pair(subscribe('payments'))
    expect(held(follower)).toEqual(['payments/0'])
    cluster.createTopic('payments', 3)
    clock.advance(5_000)
    expect(held(follower)).toEqual(['payments/0', 'payments/1', 'payments/2'])
  })

  it('a topic is assigned that is created after a follower has subscribed to it', () => {
    const { clock, cluster, follower } = pair(subscribe('payments', 'refunds'))
    cluster.createTopic('refunds', 2)
    clock.advance(5_000)
    expect(held(follower)).toEqual(['payments/0', 'refunds/0', 'refunds/1'])
  })

  it('also if the leader subscribes by a pattern that does not match them', () => {
    const { clock, cluster, follower } = pair(subscribe('payments', 'refunds'), subscribe(/^orders/))
    cluster.createTopic('refunds', 1)
    cluster.createTopic('payments', 2)
    clock.advance(5_000)
    expect(held(follower)).toEqual(['payments/0', 'payments/1', 'refunds/0'])
  })

  it('also if the pattern of a follower matches a new topic', () => {
    const { clock, cluster, follower } = pair(subscribe(/^pay/))
    cluster.createTopic('paybacks', 1)
    clock.advance(5_000)
    expect(held(follower)).toEqual(['paybacks/0', 'payments/0'])
  })

  it('a follower that brings a topic which the leader did not know causes one rebalance', () => {
    const { generation } = pair(subscribe('payments'))
    // One is that of the leader alone; under the cooperative protocol none of the others is to revoke anything.
    expect(generation).toBe(2)
  })

  it('ends once the follower has left, and nothing is rebalanced while nothing changes', () => {
    const { clock, cluster, orders, follower, generation } = pair(subscribe('payments'))
    clock.advance(20_000)
    expect(cluster.describeGroup(group).generation).toBe(generation)
    void follower.close()
    clock.advance(5_000)
    const alone = cluster.describeGroup(group).generation
    cluster.createTopic('payments', 5)
    clock.advance(20_000)
    expect([cluster.describeGroup(group).generation, held(orders)]).toEqual([alone, ['orders/0']])
  })

  it('a leader that comes back as the same static member watches them too', () => {
    const { clock, cluster, member } = rig(1, { ...quick, ...strategy })
    cluster.createTopic('payments', 1)
    const leader = { 'group.instance.id': 'leader' } as const
    const first = member(leader)
    first.subscribe()
    clock.advance(2_000)
    const follower = member({ subscription: subscribe('payments') })
    witness().follow('b', follower)
    clock.advance(3_000)
    void first.close()
    clock.advance(1_000)
    const second = member(leader)
    second.subscribe()
    clock.advance(3_000)
    cluster.createTopic('payments', 2)
    clock.advance(5_000)
    expect([held(follower), held(second)]).toEqual([['payments/0', 'payments/1'], ['orders/0']])
  })
})

import { describe, expect, it } from 'vitest'
import { assign, type Consumer, ConsumerError, subscribe } from '../../../src/index.js'
import { group, rig } from '../../support/rig.js'
import { protocols, sorted, witness } from '../../support/witness.js'

const held = (member: Consumer): readonly string[] =>
  member
    .positions()
    .map(({ topic, partition }) => `${topic}/${String(partition)}`)
    .sort()

describe.each(protocols)('resubscribe(), under the %s protocol', (name, strategy) => {
  const running = (config: object = {}) => {
    const made = rig(1, { 'heartbeat.interval.ms': 100, ...strategy, ...config }, 2)
    made.cluster.createTopic('refunds', 2)
    const seen = witness()
    seen.follow('a', made.orders)
    made.clock.advance(1_000)
    return { ...made, seen }
  }

  it('adds topics: they are read, and what is kept goes on', () => {
    const { clock, cluster, orders, rebalances, committed } = running()
    orders.resubscribe(subscribe('orders', 'refunds'))
    clock.advance(2_000)
    expect(held(orders)).toEqual(['orders/0', 'refunds/0', 'refunds/1'])
    cluster.produce('orders', { partition: 0, value: '2' })
    clock.advance(1_000)
    expect(committed()).toEqual([3n])
    const revoked = rebalances.filter(({ _tag }) => _tag === 'revoked').length
    expect(revoked).toBe(name === 'cooperative' ? 0 : 1)
  })

  it('removes topics: they are drained and committed, with nothing repeated', () => {
    const { clock, cluster, orders, rebalances, committed } = running({ 'auto.commit.interval.ms': 600_000 })
    orders.resubscribe(subscribe('refunds'))
    clock.advance(2_000)
    expect([held(orders), committed()]).toEqual([['refunds/0', 'refunds/1'], [2n]])
    expect(rebalances).toContainEqual(
      expect.objectContaining({
        _tag: 'revoked',
        partitions: [expect.objectContaining({ topic: 'orders', outcome: 'drained', repeated: 0 })]
      })
    )
    orders.resubscribe(subscribe(/^ord/))
    cluster.produce('orders', { partition: 0, value: '2' })
    clock.advance(2_000)
    expect([held(orders), committed()]).toEqual([['orders/0'], [3n]])
  })

  it('informs the leader, no matter which member it is, and the others keep what they have', () => {
    const { clock, orders, member } = running()
    const other = member({ subscription: subscribe('refunds') })
    witness().follow('b', other)
    clock.advance(2_000)
    expect([held(orders), held(other)]).toEqual([['orders/0'], ['refunds/0', 'refunds/1']])
    other.resubscribe(subscribe('refunds', 'orders'))
    orders.resubscribe(subscribe('refunds'))
    clock.advance(4_000)
    expect(sorted([held(orders).length, held(other).length])).toEqual([1, 2])
    expect(held(other)).toContain('orders/0')
  })

  it('begins existing topics at the end, under latest', () => {
    const { clock, cluster, orders } = running({ 'auto.offset.reset': 'latest' })
    cluster.produce('refunds', { partition: 0, value: '7' })
    orders.resubscribe(subscribe('orders', 'refunds'))
    clock.advance(2_000)
    expect(orders.positions().find(({ topic, partition }) => topic === 'refunds' && partition === 0)?.position).toBe(1n)
  })

  it('applies to the next subscription if none is live, and may then be of either kind', () => {
    const { clock, orders } = rig(1, { 'heartbeat.interval.ms': 100, ...strategy }, 2)
    orders.resubscribe(assign([{ topic: 'orders', partition: 0, from: 'beginning' }]))
    witness().follow('a', orders)
    clock.advance(1_000)
    expect(held(orders)).toEqual(['orders/0'])
    expect(() => {
      orders.resubscribe(subscribe('orders'))
    }).toThrow(/drain first/)
    void orders.drain()
    clock.advance(1_000)
    orders.resubscribe(subscribe('orders'))
    witness().follow('b', orders)
    clock.advance(1_000)
    expect(held(orders)).toEqual(['orders/0'])
  })

  it('refuses what cannot be subscribed to, and nothing changes', () => {
    const { clock, cluster, orders } = running()
    const { generation } = cluster.describeGroup(group)
    expect(() => {
      orders.resubscribe(subscribe('a/b'))
    }).toThrow(ConsumerError)
    expect(() => {
      orders.resubscribe(undefined as never)
    }).toThrow(ConsumerError)
    clock.advance(2_000)
    expect([held(orders), cluster.describeGroup(group).generation]).toEqual([['orders/0'], generation])
  })
})

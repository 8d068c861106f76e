import { left } from 'fp-ts/lib/Either.js'
import { of } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { commit, consumer, type ConsumerEvent, eachPartition, subscribe } from '../../../src/index.js'
import { memoryCluster } from '../../../src/testing.js'
import { group, rig } from '../../support/rig.js'
import { slowAnswer, tappedCluster } from '../../support/tapped-cluster.js'
import { VirtualClock } from '../../support/virtual-clock.js'

const tags = (events: readonly ConsumerEvent[]): readonly string[] => events.map(({ _tag }) => _tag)

const read = eachPartition((partition) => partition.pipe(commit()))

/** A consumer whose requests fail while they are to. */
const cutOff = () => {
  const down = { isDown: true, reason: 'refused' }
  const { clock, cluster } = tappedCluster(2, (calls, time) =>
    Object.fromEntries(
      Object.entries(calls)
        .filter(([name]) => name !== 'close')
        .map(([name, call]: [string, (...given: never[]) => unknown]) => [
          name,
          (...given: never[]) =>
            down.isDown
              ? slowAnswer(time, 1, of(left({ _tag: 'ConnectionFault', broker: 'b:1', reason: down.reason } as const)))
              : call.call(calls, ...given)
        ])
    )
  )
  const orders = consumer(cluster, {
    'group.id': group,
    subscription: subscribe('orders'),
    'session.timeout.ms': 60_000
  })
  const events: ConsumerEvent[] = []
  orders.events.subscribe((event) => events.push(event))
  orders.pipe(read).subscribe()
  return { clock, orders, events, down }
}

describe('a broker that cannot be reached', () => {
  it('is reported at the first attempt, every ten seconds, and when it is reached again: not at each attempt', () => {
    const { clock, events, down } = cutOff()
    clock.advance(50)
    expect(events).toMatchObject([{ _tag: 'reconnecting', broker: 'b:1', attempt: 1, fault: { reason: 'refused' } }])
    clock.advance(8_000)
    expect(events).toHaveLength(1)
    clock.advance(20_000)
    expect(tags(events)).toEqual(['reconnecting', 'reconnecting', 'reconnecting'])
    down.isDown = false
    clock.advance(5_000)
    expect(events.slice(3)).toEqual([
      { _tag: 'recovered', from: 'reconnecting', what: 'b:1', afterMs: expect.closeTo(28_500, -3.5) }
    ])
  })

  it('is reported once, however many requests fail, and as recovered when all of them are answered', () => {
    const { clock, events, down } = cutOff()
    down.isDown = false
    clock.advance(5_000)
    expect(events).toEqual([])
    down.isDown = true
    clock.advance(9_000)
    expect(tags(events)).toEqual(['reconnecting'])
    down.isDown = false
    clock.advance(5_000)
    expect(tags(events)).toEqual(['reconnecting', 'recovered'])
  })
})

describe('a topic that does not exist', () => {
  const missing = (subscription: ReturnType<typeof subscribe>) => {
    const clock = new VirtualClock()
    const cluster = memoryCluster({ time: clock })
    const orders = consumer(cluster, { 'group.id': group, subscription, 'metadata.max.age.ms': 5_000 })
    const events: ConsumerEvent[] = []
    orders.events.subscribe((event) => events.push(event))
    orders.pipe(read).subscribe()
    const create = (): void => void cluster.createTopics([{ topic: 'orders', partitions: 1 }]).subscribe()
    return { clock, events, create }
  }

  it.each([
    ['by its name', subscribe('orders'), 'topic orders does not exist'],
    ['by a pattern', subscribe(/^ord/), 'no topic matches /^ord/']
  ] as const)(
    '%s is waited for, which is reported: not as if there were more members than partitions',
    (_how, subscription, reason) => {
      const { clock, events, create } = missing(subscription)
      clock.advance(9_000)
      expect(events).toMatchObject([{ _tag: 'waiting', reason, fault: { _tag: 'UnknownTopicFault' } }])
      create()
      clock.advance(8_000)
      expect(events.slice(1)).toMatchObject([{ _tag: 'recovered', from: 'waiting', what: reason }])
    }
  )
})

describe('a group that waits for a member that has crashed', () => {
  it('is reported after two seconds, and when the wait ends', () => {
    const { clock, orders, member } = rig(1, { 'session.timeout.ms': 10_000 })
    const gone = member({ 'group.instance.id': 'gone' })
    gone.subscribe()
    clock.advance(1_000)
    void gone.close()
    clock.advance(100)
    const events: ConsumerEvent[] = []
    orders.events.subscribe((event) => events.push(event))
    orders.pipe(read).subscribe()
    clock.advance(1_900)
    expect(events).toEqual([])
    clock.advance(200)
    expect(events).toMatchObject([{ _tag: 'joining', groupId: group, forMs: 2_000 }])
    clock.advance(15_000)
    expect(tags(events)).toEqual(['joining', 'recovered'])
    expect(orders.positions()).toHaveLength(1)
  })
})

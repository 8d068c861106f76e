import { right } from 'fp-ts/lib/Either.js'
import { map, NEVER, take } from 'rxjs'
import { describe, expect, it } from 'vitest'
import {
  ack,
  atMostOnce,
  commit,
  type Consumer,
  consumer,
  type ConsumerEvent,
  eachPartition,
  handle,
  type PartitionPosition,
  subscribe
} from '../../../src/index.js'
import type { KafkaCalls } from '../../../src/ports/kafka-calls.js'
import { group, rig, type Rig } from '../../support/rig.js'
import { slowAnswer, tappedCluster } from '../../support/tapped-cluster.js'
import type { VirtualClock } from '../../support/virtual-clock.js'
import { eachUnacknowledged } from '../../support/unacknowledged.js'

const quick = { 'heartbeat.interval.ms': 100 } as const

/** Pipelines of all partitions that end in a `commit()`. */
const running = ({ orders }: Rig, handler: () => unknown = () => undefined): void => {
  orders.pipe(eachPartition((p) => p.pipe(handle(handler), commit({ every: 1 })))).subscribe()
}

const hangs = (): unknown => NEVER

type Standstill = Pick<Rig, 'clock' | 'orders' | 'events'>

describe('the one reason why a partition is not moving', () => {
  const kinds: Readonly<Record<Exclude<PartitionPosition['standing'], 'flowing'>, () => Standstill>> = {
    'no data': () => {
      const made = rig(1, quick, 1)
      running(made)
      made.clock.advance(500)
      return made
    },
    starting: () => {
      const made = rig(1, quick, 1)
      made.cluster.failNext('OffsetFetch', 14, 1_000)
      running(made)
      made.clock.advance(500)
      return made
    },
    'not subscribed': () => {
      const made = rig(1, quick, 1)
      made.orders.subscribe()
      made.clock.advance(500)
      return made
    },
    unsubscribed: () => {
      const made = rig(1, quick, 9)
      made.orders.subscribe((p) => p.pipe(take(1)).subscribe())
      made.clock.advance(500)
      return made
    },
    paused: () => {
      const made = rig(1, quick, 1)
      running(made)
      made.clock.advance(500)
      made.orders.pause()
      return made
    },
    'no credit': () => {
      const made = rig(1, { ...quick, maxInFlight: 2 }, 9)
      running(made, hangs)
      made.clock.advance(500)
      return made
    },
    'commit range full': () => {
      const made = rig(1, { ...quick, maxUncommitted: 3 }, 9)
      let first = true
      made.orders
        .pipe(
          eachPartition((p) =>
            p.pipe(
              handle(
                () => {
                  const hang = first
                  first = false
                  return hang ? NEVER : undefined
                },
                { concurrency: 99, order: 'none' }
              ),
              commit()
            )
          )
        )
        .subscribe()
      made.clock.advance(500)
      return made
    },
    'no memory': () => {
      const made = rig(1, { ...quick, maxInFlightBytes: 1 }, 9)
      running(made, hangs)
      made.clock.advance(500)
      return made
    },
    rebalancing: () => {
      // What waits for a commit waits for the group, whose assignment is still to come.
      const slow = (calls: KafkaCalls, clock: VirtualClock): Partial<KafkaCalls> => ({
        syncGroup: (request) => slowAnswer(clock, 1_000, calls.syncGroup(request))
      })
      const { clock, cluster, produce } = tappedCluster(1, slow)
      const member = (): Consumer =>
        consumer(cluster, {
          ...quick,
          'group.id': group,
          'auto.offset.reset': 'earliest',
          maxInFlight: 1,
          subscription: subscribe('orders')
        })
      const orders = member()
      const events: ConsumerEvent[] = []
      orders.events.subscribe((event) => events.push(event))
      orders.pipe(eachPartition((p) => p.pipe(atMostOnce()))).subscribe()
      clock.advance(2_000)
      member().subscribe()
      clock.advance(500)
      produce(0, '0')
      clock.advance(10)
      return { clock, orders, events }
    },
    'commit failing': () => {
      const made = rig(1, { ...quick, maxInFlight: 1 }, 2)
      made.cluster.failNext('OffsetCommit', 14, 1_000)
      made.orders.pipe(eachPartition((p) => p.pipe(atMostOnce()))).subscribe()
      made.clock.advance(500)
      return made
    },
    draining: () => {
      const made = rig(1, quick, 1)
      running(made, hangs)
      made.clock.advance(500)
      void made.orders.drain()
      return made
    },
    'pipeline ended': () => {
      const made = rig(1, quick, 9)
      made.orders.pipe(eachUnacknowledged((p) => p.pipe(take(1)))).subscribe()
      made.clock.advance(500)
      return made
    },
    'broker down': () => {
      const made = rig(1, quick, 1)
      made.cluster.failNext('Fetch', 'disconnect', 1_000)
      running(made)
      made.clock.advance(500)
      return made
    },
    stalled: () => {
      const made = rig(1, { ...quick, 'max.poll.interval.ms': 20_000, 'drain.timeout.ms': 5_000 }, 1)
      running(made, () => new Promise(() => undefined))
      made.clock.advance(25_000)
      return made
    },
    unreadable: () => {
      const damaged = tappedCluster(1, (calls) => ({
        fetch: (node, request) =>
          calls.fetch(node, request).pipe(
            map((answer) => {
              if (answer._tag === 'Left') return answer
              const partitions = answer.right.partitions.map((one) => ({
                ...one,
                records: one.records?.map((byte, at) => (at === 70 ? byte ^ 1 : byte)) ?? null
              }))
              return right({ ...answer.right, partitions })
            })
          )
      }))
      damaged.produce(0, 'a value that is long enough')
      const orders = consumer(damaged.cluster, {
        'group.id': group,
        'auto.offset.reset': 'earliest',
        subscription: subscribe('orders')
      })
      const made = { ...rig(1), clock: damaged.clock, orders }
      running(made)
      made.clock.advance(5_000)
      return made
    }
  }

  it.each(Object.entries(kinds))('is “%s”', (standing, come) => {
    expect(come().orders.positions()).toMatchObject([{ standing }])
  })

  it('is none while records are delivered: “flowing”', () => {
    const { clock, orders } = rig(1, { ...quick, 'max.poll.records': 1 }, 10)
    const seen: PartitionPosition[] = []
    orders
      .pipe(
        eachPartition((p) =>
          p.pipe(
            handle(() => void seen.push(...orders.positions())),
            ack()
          )
        )
      )
      .subscribe()
    clock.advance(500)
    expect(seen.map(({ standing, fault }) => [standing, fault])).toEqual(seen.map(() => ['flowing', null]))
    expect(seen).toHaveLength(10)
  })

  // A reason that has to do with the cluster, or with what is in its log, says what was answered or found.
  it.each([
    ['commit failing', { _tag: 'BrokerFault', name: 'COORDINATOR_LOAD_IN_PROGRESS' }],
    ['broker down', { _tag: 'ConnectionFault' }],
    ['unreadable', { _tag: 'CorruptBatchFault', topic: 'orders', partition: 0, offset: 0n }],
    ['stalled', { _tag: 'MembershipLostFault', reason: 'stalled' }]
  ] as const)('“%s” has the fault', (standing, fault) => {
    expect(kinds[standing]().orders.positions()).toMatchObject([{ standing, fault }])
  })

  it.each([
    'no data',
    'starting',
    'not subscribed',
    'paused',
    'no credit',
    'draining',
    'pipeline ended',
    'rebalancing'
  ] as const)('“%s” has no fault', (standing) => {
    expect(kinds[standing]().orders.positions()[0]?.fault).toBeNull()
  })

  // The watchdog is for what has no reason: none of these is silent, however long it lasts.
  it.each(Object.entries(kinds).filter(([standing]) => standing !== 'unreadable'))(
    '“%s” is never called silent',
    (_standing, come) => {
      const made = come()
      made.clock.advance(120_000)
      expect(made.events.filter(({ _tag }) => _tag === 'silent')).toEqual([])
    }
  )
})

import { NEVER, Observable, of } from 'rxjs'
import { describe, expect, it } from 'vitest'
import {
  commit,
  consumer,
  eachPartition,
  handle,
  type StartPosition,
  subscribe,
  type TopicPartition
} from '../../../src/index.js'
import type { StartFrom } from '../../../src/config/start-from.js'
import { numberOf } from '../../support/handlers.js'
import { group, rig } from '../../support/rig.js'
import { tappedCluster } from '../../support/tapped-cluster.js'
import { protocols, sorted, upTo } from '../../support/witness.js'

const quick = { 'heartbeat.interval.ms': 100, 'auto.offset.reset': 'earliest' } as const

const at =
  (offset: bigint) =>
  ({ topic, partition }: TopicPartition): StartPosition => ({ topic, partition, from: { offset } })

describe.each(protocols)('startFrom, under the %s protocol', (name, strategy) => {
  it('is called after every assignment, with exactly the gained partitions', () => {
    const { clock, orders, member, rebalances } = rig(4, { ...quick, ...strategy })
    const asked: (readonly number[])[] = []
    const startFrom: StartFrom = (gained) => {
      asked.push(gained.map(({ partition }) => partition))
      return of([])
    }
    const other = member({ startFrom })
    const told: (readonly number[])[] = []
    other.rebalances.subscribe((event) => {
      if (event._tag === 'assigned' && event.gained.length > 0)
        told.push(event.gained.map(({ partition }) => partition))
    })
    const first = orders.subscribe()
    clock.advance(1_000)
    other.subscribe()
    clock.advance(1_000)
    const third = member().subscribe()
    clock.advance(1_000)
    third.unsubscribe()
    first.unsubscribe()
    clock.advance(2_000)
    expect(asked).toEqual(told)
    expect(rebalances.length).toBeGreaterThan(2)
    expect(sorted(other.positions().map(({ partition }) => partition))).toEqual(upTo(4))
    // What is kept is not asked about.
    if (name === 'cooperative') expect(asked.flat()).toHaveLength(new Set(asked.flat()).size + 1)
  })

  it('is waited for before any gained partition is fetched, while kept ones continue', () => {
    const fetched: number[] = []
    const { clock, cluster, produce } = tappedCluster(2, (calls) => ({
      fetch: (node, request) => {
        for (const { partition } of request.partitions) fetched.push(partition)
        return calls.fetch(node, request)
      }
    }))
    for (const number of upTo(20)) produce(number % 2, String(number))
    const startFrom: StartFrom = (gained) =>
      new Observable((subscriber) =>
        clock.schedule(700, () => {
          subscriber.next(gained.map(at(3n)))
          subscriber.complete()
        })
      )
    const seen: number[] = []
    const member = consumer(cluster, {
      'group.id': group,
      subscription: subscribe('orders'),
      startFrom,
      ...quick,
      ...strategy
    })
    member
      .pipe(
        eachPartition((p) =>
          p.pipe(
            handle((record) => void seen.push(numberOf(record))),
            commit()
          )
        )
      )
      .subscribe()
    clock.advance(600)
    expect([fetched, seen, member.positions().map(({ standing }) => standing)]).toEqual([
      [],
      [],
      ['starting', 'starting']
    ])
    clock.advance(1_000)
    expect(sorted(seen)).toEqual(upTo(20).filter((number) => number >= 6))
  })

  it('begins at the committed offset if it names none', () => {
    const { clock, orders, member, committed } = rig(2, { ...quick, ...strategy }, 20)
    orders
      .pipe(
        eachPartition((p) =>
          p.pipe(
            handle(() => undefined),
            commit({ every: 1 })
          )
        )
      )
      .subscribe()
    clock.advance(500)
    void orders.close()
    clock.advance(500)
    expect(committed()).toEqual([10n, 10n])
    const seen: number[] = []
    const startFrom: StartFrom = (gained) => of(gained.filter(({ partition }) => partition === 1).map(at(8n)))
    member({ startFrom })
      .pipe(
        eachPartition((p) =>
          p.pipe(
            handle((record) => void seen.push(numberOf(record))),
            commit()
          )
        )
      )
      .subscribe()
    clock.advance(1_000)
    expect(seen).toEqual([17, 19])
  })

  const failing: readonly (readonly [string, StartFrom, RegExp])[] = [
    [
      'throws',
      () => {
        throw new Error('no database')
      },
      /it failed/
    ],
    [
      'fails',
      () =>
        new Observable((subscriber) => {
          subscriber.error(new Error('no database'))
        }),
      /it failed/
    ],
    ['completes without an answer', () => of(), /without an answer/],
    ['never answers', () => NEVER, /did not answer within 30000 ms/],
    [
      'answers for what was not gained',
      () => of([{ topic: 'orders', partition: 77, from: 'end' as const }]),
      /orders\/77/
    ]
  ]
  it.each(failing)(
    'stops the consumer with a clear fault if it %s: nothing is read, the member leaves the group',
    (_how, startFrom, reason) => {
      const { clock, cluster, member, committed } = rig(2, { ...quick, ...strategy }, 4)
      const ended: unknown[] = []
      const seen: unknown[] = []
      member({ startFrom })
        .pipe(eachPartition((p) => p.pipe(commit({ every: 1 }))))
        .subscribe({ next: (stored) => seen.push(stored), error: (error: unknown) => ended.push(error) })
      clock.advance(60_000)
      expect(ended).toMatchObject([{ fault: { _tag: 'StartFromFault', reason: expect.stringMatching(reason) } }])
      expect([seen, committed(), cluster.describeGroup(group).members]).toEqual([[], [null, null], []])
    }
  )
})

import { map } from 'rxjs'
import { right } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import {
  commit,
  type Consumer,
  type ConsumerEvent,
  consumer,
  eachPartition,
  handle,
  subscribe
} from '../../../src/index.js'
import type { FetchPartition } from '../../../src/ports/kafka-calls.js'
import { numberOf } from '../../support/handlers.js'
import { group } from '../../support/rig.js'
import { slowAnswer, tappedCluster } from '../../support/tapped-cluster.js'
import { protocols, sorted, upTo, witness } from '../../support/witness.js'

const quick = { 'heartbeat.interval.ms': 100 } as const

const inGroup = {
  'group.id': group,
  'auto.offset.reset': 'earliest',
  subscription: subscribe('orders'),
  ...quick
} as const

// platformatic/kafka#223
describe.each(protocols)('while the committed offsets are looked up, under the %s protocol', (_name, strategy) => {
  it('nothing of what was gained is fetched, and what is kept goes on at its own position', () => {
    const asked: (readonly [number, FetchPartition])[] = []
    const located: (readonly [number, number])[] = []
    const { clock, cluster, produce } = tappedCluster(4, (calls, time) => ({
      offsetFetch: (groupId, partitions) => {
        for (const { partition } of partitions) located.push([time.now(), partition])
        return slowAnswer(time, 700, calls.offsetFetch(groupId, partitions))
      },
      fetch: (node, request) => {
        for (const partition of request.partitions) asked.push([time.now(), partition])
        return calls.fetch(node, request)
      }
    }))
    for (const number of upTo(40)) produce(number % 4, String(number))
    const seen = witness()
    let gained = 0
    const member = (): Consumer => {
      const made = consumer(cluster, { ...inGroup, ...strategy })
      made.rebalances.subscribe((event) => {
        if (event._tag === 'assigned') gained += event.gained.length
      })
      return made
    }
    seen.follow('a', member())
    clock.advance(2_000)
    const other = seen.follow('b', member())
    for (const number of upTo(200)) {
      produce(number % 4, String(40 + number))
      clock.advance(20)
    }
    other.unsubscribe()
    clock.advance(5_000)
    // Who looks for the start of a partition has nothing of it fetched before that is found.
    for (const [at, partition] of located) {
      const early = asked.filter(([when, one]) => one.partition === partition && when > at && when < at + 700)
      expect([at, partition, early]).toEqual([at, partition, []])
    }
    // What is kept is not looked for again.
    expect(located.length).toBe(gained)
    expect([seen.breaches, sorted(seen.finished)]).toEqual([[], upTo(240)])
  })
})

// kafkajs#715, #1440
describe('a fetched batch whose bytes are not what they should be', () => {
  const field =
    (at: number, write: (view: DataView) => void) =>
    (bytes: Uint8Array): Uint8Array => {
      const copy = Uint8Array.from(bytes)
      write(new DataView(copy.buffer, at))
      return copy
    }
  const damages: readonly (readonly [string, (bytes: Uint8Array) => Uint8Array])[] = [
    ...[1, 8, 12, 16, 17, 40, 60, 61, 62, 70].map(
      (length) => [`cut off after ${String(length)} bytes`, (bytes: Uint8Array) => bytes.slice(0, length)] as const
    ),
    [
      'with a negative length',
      field(8, (view) => {
        view.setInt32(0, -1)
      })
    ],
    [
      'with a length of two gigabytes',
      field(8, (view) => {
        view.setInt32(0, 0x7fffffff)
      })
    ],
    [
      'with another format',
      field(16, (view) => {
        view.setInt8(0, 99)
      })
    ],
    [
      'with a negative number of records',
      field(57, (view) => {
        view.setInt32(0, -5)
      })
    ],
    [
      'with two billion records',
      field(57, (view) => {
        view.setInt32(0, 0x7fffffff)
      })
    ],
    [
      'with a record longer than the batch',
      field(61, (view) => {
        view.setInt8(0, 0x7e)
      })
    ],
    [
      'with a value longer than its record',
      field(66, (view) => {
        view.setInt8(0, 0x7e)
      })
    ],
    ['of noise', (bytes) => bytes.map((_, at) => (at * 37 + 11) & 0xff)]
  ]
  it.each(damages)('%s, hurts no other partition and no process, and is said or read again', (_what, damage) => {
    for (const checked of [true, false]) {
      let healed = false
      const { clock, cluster, produce } = tappedCluster(2, (calls) => ({
        fetch: (node, request) =>
          calls.fetch(node, request).pipe(
            map((answer) => {
              if (answer._tag === 'Left' || healed) return answer
              const partitions = answer.right.partitions.map((one) =>
                one.partition === 0 && one.records !== null && one.records.length > 0
                  ? { ...one, records: damage(one.records) }
                  : one
              )
              return right({ ...answer.right, partitions })
            })
          )
      }))
      for (const number of upTo(10)) produce(number % 2, String(number))
      const orders = consumer(cluster, { ...inGroup, 'check.crcs': checked })
      const events: ConsumerEvent[] = []
      const ended: unknown[] = []
      const handled: number[] = []
      orders.events.subscribe((event) => events.push(event))
      orders
        .pipe(
          eachPartition((p) =>
            p.pipe(
              handle((record) => void handled.push(numberOf(record))),
              commit({ every: 1 })
            )
          )
        )
        .subscribe({ error: (error: unknown) => ended.push(error) })
      clock.advance(20_000)
      expect(ended).toEqual([])
      expect(handled.filter((number) => number % 2 === 1)).toEqual([1, 3, 5, 7, 9])
      const [standing] = orders.positions().map((position) => position.standing)
      if (standing === 'unreadable') expect(events.map(({ _tag }) => _tag)).toContain('unreadable')
      healed = true
      if (standing === 'unreadable') orders.seek({ topic: 'orders', partition: 0 }, { offset: 0n })
      clock.advance(20_000)
      expect(sorted([...new Set(handled)])).toEqual(upTo(10))
    }
  })
})

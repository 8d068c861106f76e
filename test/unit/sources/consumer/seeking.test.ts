import { NEVER, of } from 'rxjs'
import { left } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import {
  commit,
  type Consumer,
  consumer,
  type ConsumerConfig,
  type ConsumerEvent,
  eachPartition,
  type Fault,
  handle,
  type StartPosition,
  subscribe
} from '../../../../src/index.js'
import { manual, numberOf, parallel } from '../../../support/handlers.js'
import { plainRecord } from '../../../support/record-runs.js'
import { group } from '../../../support/rig.js'
import { slowAnswer, tappedCluster, type TappedCluster } from '../../../support/tapped-cluster.js'
import { upTo } from '../../../support/witness.js'

const denied: Fault = { _tag: 'AuthorizationFault', resource: 'topic', name: 'orders' }
const place = { topic: 'orders', partition: 0 }

interface Made extends TappedCluster {
  /** How late the answers to lookups are; may be changed. */
  readonly late: { listOffsets: number; offsetFetch: number }
  readonly orders: (config?: Partial<ConsumerConfig>) => Consumer
  readonly committed: () => bigint | null
}

/** A partition with 100 records, of which the group has stored so many; record n has the timestamp n s. */
const made = (stored: number | null, refusedTimestamp?: number): Made => {
  const late = { listOffsets: 0, offsetFetch: 0 }
  const tapped = tappedCluster(1, (calls, clock) => ({
    listOffsets: (node, request) => {
      const isRefused = request.partitions.some(({ timestamp }) => timestamp === refusedTimestamp)
      const answer = isRefused ? of(left<Fault>(denied)) : calls.listOffsets(node, request)
      return slowAnswer(clock, late.listOffsets, answer)
    },
    offsetFetch: (name, partitions) => slowAnswer(clock, late.offsetFetch, calls.offsetFetch(name, partitions))
  }))
  const { cluster, model } = tapped
  for (const number of upTo(100)) model.append(place, [plainRecord(String(number), { timestamp: number * 1_000 })])
  if (stored !== null) model.offsets(group).store(place, { offset: BigInt(stored), leaderEpoch: -1, metadata: '' })
  const orders = (config: Partial<ConsumerConfig> = {}): Consumer =>
    consumer(cluster, {
      'group.id': group,
      'auto.offset.reset': 'earliest',
      'enable.auto.commit': false,
      subscription: subscribe('orders'),
      ...config
    })
  return { ...tapped, late, orders, committed: () => model.storedOffset(group, place)?.offset ?? null }
}

/** Handles what comes, all of it at once and from `last` on without end, and has each acknowledged offset stored. */
const reading = (orders: Consumer, last = Infinity): { readonly seen: number[]; readonly ended: unknown[] } => {
  const seen: number[] = []
  const ended: unknown[] = []
  orders
    .pipe(
      eachPartition((p) =>
        p.pipe(
          handle((record) => {
            seen.push(numberOf(record))
            return numberOf(record) < last ? undefined : NEVER
          }, parallel),
          commit({ every: 1 })
        )
      )
    )
    .subscribe({ error: (error: unknown) => ended.push(error), complete: () => ended.push('complete') })
  return { seen, ended }
}

describe('a seek before the start of the assignment is known', () => {
  for (const late of [0, 500])
    for (const auto of [false, true]) {
      const config = { 'enable.auto.commit': auto }
      const which = `the committed offset comes ${String(late)} ms later, auto commit ${String(auto)}`

      it(`from the handler of assigned is where reading begins, and what is acknowledged there is stored: ${which}`, () => {
        const { clock, late: answers, orders: member, committed } = made(50)
        answers.offsetFetch = late
        const orders = member(config)
        orders.rebalances.subscribe((event) => {
          if (event._tag === 'assigned') orders.seek(place, { offset: 10n })
        })
        const { seen } = reading(orders, 20)
        clock.advance(2_000)
        expect([seen, committed()]).toEqual([upTo(100).slice(10), 20n])
      })

      it(`from the project function is where reading begins, and what is acknowledged there is stored: ${which}`, () => {
        const { clock, late: answers, orders: member, committed } = made(50)
        answers.offsetFetch = late
        const orders = member(config)
        const seen: number[] = []
        orders
          .pipe(
            eachPartition((p) => {
              orders.seek(p, { offset: 10n })
              return p.pipe(
                handle((record) => {
                  seen.push(numberOf(record))
                  return numberOf(record) < 20 ? undefined : NEVER
                }, parallel),
                commit({ every: 1 })
              )
            })
          )
          .subscribe()
        clock.advance(2_000)
        expect([seen, committed()]).toEqual([upTo(100).slice(10), 20n])
      })
    }

  it('needs no committed offset though there is no reset policy', () => {
    const { clock, late, orders: member, committed } = made(null)
    late.offsetFetch = 500
    const orders = member({ 'auto.offset.reset': 'none' })
    orders.rebalances.subscribe((event) => {
      if (event._tag === 'assigned') orders.seek(place, { offset: 90n })
    })
    const { seen, ended } = reading(orders)
    clock.advance(2_000)
    expect([seen, ended, committed()]).toEqual([upTo(100).slice(90), [], 100n])
  })

  it('beats what startFrom says later, and its failure', () => {
    for (const partition of [place.partition, 7]) {
      const answer = of<readonly StartPosition[]>([{ topic: 'orders', partition, from: 'end' }])
      const { clock, orders: member, committed } = made(50)
      const orders = member({ startFrom: () => slowAnswer(clock, 500, answer) })
      orders.rebalances.subscribe((event) => {
        if (event._tag === 'assigned') orders.seek(place, { offset: 90n })
      })
      const { seen, ended } = reading(orders)
      clock.advance(2_000)
      expect([seen, ended, committed()]).toEqual([upTo(100).slice(90), [], 100n])
    }
  })
})

describe('a seek to a position that has to be looked up', () => {
  it('is superseded by a later one, however late it is answered', () => {
    const { clock, late, orders: member, committed } = made(50)
    const orders = member()
    const { seen } = reading(orders)
    clock.advance(1_000)
    seen.length = 0
    late.listOffsets = 300
    orders.seek(place, { timestamp: 70_000 })
    orders.seek(place, { offset: 95n })
    clock.advance(2_000)
    expect([seen, committed()]).toEqual([[95, 96, 97, 98, 99], 100n])
  })

  it('is superseded by a later one that has to be looked up too and is answered before', () => {
    const { clock, late, orders: member } = made(50)
    const orders = member()
    const { seen } = reading(orders)
    clock.advance(1_000)
    seen.length = 0
    late.listOffsets = 500
    orders.seek(place, { timestamp: 70_000 })
    late.listOffsets = 100
    orders.seek(place, { timestamp: 98_000 })
    clock.advance(2_000)
    expect(seen).toEqual([98, 99])
  })

  it('ends what was read before at once: nothing of it is delivered, stored or told', () => {
    const { clock, late, orders: member, committed, produce } = made(50)
    const orders = member()
    const work = manual()
    orders.pipe(eachPartition((p) => p.pipe(handle(work.handler, parallel), commit({ every: 1 })))).subscribe()
    clock.advance(100)
    work.finish(50, 51)
    clock.advance(100)
    expect(committed()).toBe(52n)
    late.listOffsets = 1_000
    orders.seek(place, { timestamp: 98_000 })
    expect(orders.positions()).toMatchObject([{ position: null, standing: 'starting', inFlight: 0 }])
    work.finish(52, 53)
    produce(0, '100')
    clock.advance(500)
    expect(work.running()).not.toContain(100)
    expect(committed()).toBe(52n)
    clock.advance(1_000)
    work.finish(98)
    clock.advance(100)
    expect(committed()).toBe(99n)
  })

  it('stays unanswered without harm: the partition is drained, and begins where it was committed', async () => {
    const { clock, late, orders: member, committed } = made(50)
    const orders = member()
    const { ended } = reading(orders)
    clock.advance(1_000)
    late.listOffsets = 60_000
    orders.seek(place, { timestamp: 98_000 })
    const report = orders.drain()
    clock.advance(1_000)
    expect(ended).toEqual(['complete'])
    expect(await report).toMatchObject({ outcome: 'drained', partitions: [{ outcome: 'drained', repeated: 0 }] })
    expect(committed()).toBe(100n)
  })

  it('is carried out though the stream is subscribed to anew meanwhile', () => {
    const { clock, late, orders: member } = made(50)
    const orders = member()
    const seen: number[] = []
    const streams: Parameters<Parameters<typeof eachPartition>[0]>[0][] = []
    orders.subscribe((p) => streams.push(p))
    clock.advance(100)
    const [stream] = streams
    if (stream === undefined) throw new Error('nothing was assigned')
    const first = stream.subscribe((record) => seen.push(numberOf(record)))
    clock.advance(100)
    expect(seen).toEqual(upTo(100).slice(50))
    seen.length = 0
    late.listOffsets = 500
    orders.seek(place, { timestamp: 98_000 })
    first.unsubscribe()
    stream.subscribe((record) => seen.push(numberOf(record)))
    clock.advance(100)
    expect(seen).toEqual([])
    clock.advance(1_000)
    expect(seen).toEqual([98, 99])
  })

  it('fails nothing where it was superseded before it failed', () => {
    const { clock, late, orders: member } = made(50, 70_000)
    const orders = member()
    const { seen, ended } = reading(orders)
    clock.advance(1_000)
    seen.length = 0
    late.listOffsets = 300
    orders.seek(place, { timestamp: 70_000 })
    orders.seek(place, { offset: 95n })
    clock.advance(2_000)
    expect([seen, ended]).toEqual([[95, 96, 97, 98, 99], []])
  })
})

describe('a seek while auto.offset.reset is applied', () => {
  it('is where reading goes on, and no reset is told of', () => {
    const { clock, late, model, orders: member } = made(50)
    const events: ConsumerEvent[] = []
    late.listOffsets = 500
    model.log(place)?.deleteBefore(60n)
    const orders = member()
    orders.events.subscribe((event) => events.push(event))
    const { seen } = reading(orders)
    clock.advance(300)
    orders.seek(place, { offset: 97n })
    clock.advance(2_000)
    expect([seen, events]).toEqual([[97, 98, 99], []])
  })
})

describe('a seek from the handler of assigned that has to be looked up', () => {
  it('is where reading begins, though the committed offset is answered first', () => {
    const { clock, late, orders: member } = made(50)
    late.listOffsets = 500
    const orders = member()
    orders.rebalances.subscribe((event) => {
      if (event._tag === 'assigned') orders.seek(place, { timestamp: 90_000 })
    })
    const { seen } = reading(orders)
    clock.advance(2_000)
    expect(seen).toEqual(upTo(100).slice(90))
  })
})

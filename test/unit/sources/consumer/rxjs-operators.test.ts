import {
  auditTime,
  concatMap,
  debounceTime,
  distinct,
  exhaustMap,
  filter,
  groupBy,
  map,
  mergeAll,
  mergeMap,
  type MonoTypeOperatorFunction,
  NEVER,
  of,
  sample,
  share,
  switchAll,
  switchMap,
  throttleTime,
  VirtualTimeScheduler
} from 'rxjs'
import { describe, expect, it } from 'vitest'
import {
  commit,
  consumer,
  type ConsumerRecord,
  eachPartition,
  handle,
  subscribe,
  writeTo
} from '../../../../src/index.js'
import { memoryCluster } from '../../../../src/testing.js'
import { rig } from '../../../support/rig.js'

const numberOf = (record: ConsumerRecord): number => Number(new TextDecoder().decode(record.value ?? undefined))

/** What is committed and what is said, with the operator between the source and `commit()`. */
const through = (operator: MonoTypeOperatorFunction<ConsumerRecord>): ReturnType<typeof rig> => {
  const made = rig(1, { maxInFlight: 8 }, 6)
  made.orders.pipe(eachPartition((p) => p.pipe(operator, commit({ every: 1 })))).subscribe()
  made.clock.advance(61_000)
  return made
}

describe('an operator of rxjs that emits every record', () => {
  const cases: readonly (readonly [string, MonoTypeOperatorFunction<ConsumerRecord>])[] = [
    ['mergeMap', mergeMap((record) => of(record))],
    ['concatMap', concatMap((record) => of(record))],
    [
      'groupBy',
      (source) =>
        source.pipe(
          groupBy(numberOf),
          mergeMap((one) => one)
        )
    ],
    ['map to the same record', map((record) => record)]
  ]
  it.each(cases)('%s is safe', (_name, operator) => {
    const { committed, events } = through(operator)
    expect([committed(), events]).toEqual([[6n], []])
  })
})

describe('an operator of rxjs that swallows records', () => {
  const never = NEVER
  const cases: readonly (readonly [string, MonoTypeOperatorFunction<ConsumerRecord>, bigint])[] = [
    ['filter', filter((record) => numberOf(record) !== 2), 2n],
    ['distinct', distinct((record) => numberOf(record) % 3), 3n],
    ['sample', sample(never), 0n],
    ['switchMap', switchMap((record) => (numberOf(record) === 1 ? never : of(record))), 1n],
    ['exhaustMap', exhaustMap((record) => (numberOf(record) === 4 ? never : of(record))), 4n]
  ]
  it.each(cases)('%s leaves them unsettled, holds the commit there and is found out', (_name, operator, first) => {
    const { committed, events } = through(operator)
    expect(committed()).toEqual([first === 0n ? null : first])
    expect(events.find(({ _tag }) => _tag === 'unsettled')).toMatchObject({ offset: first, lastOperator: 'source' })
  })

  it.each([
    ['debounceTime', debounceTime<ConsumerRecord>(10, new VirtualTimeScheduler())],
    ['throttleTime', throttleTime<ConsumerRecord>(10, new VirtualTimeScheduler())],
    ['auditTime', auditTime<ConsumerRecord>(10, new VirtualTimeScheduler())]
  ])('%s commits no further than what it let through', (_name, operator) => {
    const { committed, events } = through(operator)
    expect(committed()[0] ?? 0n).toBeLessThan(6n)
    expect(events.map(({ _tag }) => _tag)).toContain('unsettled')
  })
})

describe('rxjs on the outer stream', () => {
  it('reads the newest partition only under switchAll, and every partition under mergeAll', () => {
    const flat = rig(2, {}, 4)
    flat.orders.pipe(mergeAll(), commit({ every: 1 })).subscribe()
    flat.clock.advance(1_000)
    expect(flat.committed()).toEqual([2n, 2n])
    const newest = rig(2, {}, 4)
    newest.orders.pipe(switchAll(), commit({ every: 1 })).subscribe()
    newest.clock.advance(1_000)
    expect(newest.committed()).toEqual([null, 2n])
    expect(newest.orders.positions().map(({ standing }) => standing)).toEqual(['unsubscribed', 'no data'])
  })

  it('drains under a plain mergeMap when everything is settled, though nobody sees a pipeline end', async () => {
    const { clock, orders } = rig(1, {}, 2)
    orders
      .pipe(
        mergeMap((p) =>
          p.pipe(
            writeTo(() => undefined),
            commit()
          )
        )
      )
      .subscribe()
    clock.advance(500)
    const drained = orders.drain()
    clock.advance(500)
    expect(await drained).toMatchObject({ outcome: 'drained' })
  })

  it('gives share() branches of the outer stream every partition', () => {
    const { clock, orders } = rig(2)
    const shared = orders.pipe(share())
    const seen: string[] = []
    shared.subscribe((p) => seen.push(`a${String(p.partition)}`))
    shared.subscribe((p) => seen.push(`b${String(p.partition)}`))
    clock.advance(500)
    expect(seen).toEqual(['a0', 'b0', 'a1', 'b1'])
  })
})

describe('virtual time of rxjs', () => {
  it('runs a consumer, its group and its commits: an hour takes no time', () => {
    const scheduler = new VirtualTimeScheduler(undefined, 3_600_000)
    const cluster = memoryCluster({ topics: { orders: 1 }, time: scheduler })
    cluster.produce('orders', { value: '0' })
    const orders = consumer(cluster, {
      'group.id': 'g',
      'auto.offset.reset': 'earliest',
      'auto.commit.interval.ms': 3_500_000,
      subscription: subscribe('orders')
    })
    const handled: number[] = []
    orders
      .pipe(
        eachPartition((p) =>
          p.pipe(
            handle(() => handled.push(scheduler.now())),
            commit({ every: 9, withinMs: 3_500_000 })
          )
        )
      )
      .subscribe()
    scheduler.flush()
    expect(handled).toHaveLength(1)
    expect(cluster.committed('g', { topic: 'orders', partition: 0 })).toBe(1n)
  })
})

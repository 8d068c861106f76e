import {
  auditTime,
  bufferCount,
  concatMap,
  debounceTime,
  delay,
  distinct,
  distinctUntilChanged,
  exhaustMap,
  filter,
  groupBy,
  mergeAll,
  mergeMap,
  type MonoTypeOperatorFunction,
  NEVER,
  of,
  sample,
  sampleTime,
  skip,
  switchMap,
  take,
  throttleTime,
  timer,
  VirtualTimeScheduler,
  map
} from 'rxjs'
import { describe, expect, it } from 'vitest'
import { commit, type ConsumerEvent, type ConsumerRecord, eachPartition, handle, writeTo } from '../../../src/index.js'
import { numberOf } from '../../support/handlers.js'
import { rig, type Rig } from '../../support/rig.js'

type Foreign = (time: VirtualTimeScheduler) => MonoTypeOperatorFunction<ConsumerRecord>

/** One record every 100 ms, 20 in all, through the operator, in rxjs's own virtual time as far as that needs any. */
const through = (
  operator: Foreign,
  config: Parameters<typeof rig>[1] = {}
): Rig & { readonly passed: readonly number[] } => {
  const made = rig(1, { maxInFlight: 100, ...config })
  const time = new VirtualTimeScheduler(undefined, 0)
  const passed: number[] = []
  made.orders
    .pipe(
      eachPartition((p) =>
        p.pipe(
          writeTo(() => undefined),
          operator(time),
          handle((record) => void passed.push(numberOf(record))),
          commit({ every: 1 })
        )
      )
    )
    .subscribe()
  made.clock.advance(100)
  for (let number = 0; number < 30; number++) {
    if (number < 20) made.cluster.produce('orders', { partition: 0, value: String(number) })
    made.clock.advance(100)
    time.maxFrames += 100
    time.flush()
    time.frame = time.maxFrames
  }
  return { ...made, passed }
}

const unsettledOf = (events: readonly ConsumerEvent[]): readonly ConsumerEvent[] =>
  events.filter(({ _tag }) => _tag === 'unsettled')

const swallowing: readonly (readonly [string, Foreign])[] = [
  ['filter', () => filter((record) => numberOf(record) % 2 === 0)],
  ['distinct', () => distinct((record) => numberOf(record) % 3)],
  ['distinctUntilChanged', () => distinctUntilChanged((a, b) => numberOf(a) + 1 === numberOf(b))],
  ['skip', () => skip(2)],
  ['debounceTime', (time) => debounceTime(150, time)],
  ['throttleTime', (time) => throttleTime(250, time)],
  ['auditTime', (time) => auditTime(250, time)],
  ['sample', () => sample(NEVER)],
  ['sampleTime', (time) => sampleTime(250, time)],
  ['switchMap', (time) => switchMap((record) => of(record).pipe(delay(150, time)))],
  ['exhaustMap', (time) => exhaustMap((record) => timer(250, time).pipe(map(() => record)))]
]

const safe: readonly (readonly [string, Foreign])[] = [
  ['mergeMap', (time) => mergeMap((record) => of(record).pipe(delay(numberOf(record) % 2 === 0 ? 50 : 250, time)))],
  ['concatMap', (time) => concatMap((record) => of(record).pipe(delay(10, time)))],
  [
    'groupBy',
    () => (source) =>
      source.pipe(
        groupBy((record) => numberOf(record) % 3),
        mergeMap((group) => group)
      )
  ],
  ['delay', (time) => delay(30, time)],
  ['bufferCount and mergeAll', () => (source) => source.pipe(bufferCount(2), mergeAll())]
]

describe('an operator of rxjs that swallows records', () => {
  it.each(swallowing)(
    '%s leaves them unsettled: the commit stops before the first, though later ones settle',
    (_name, operator) => {
      const { passed, committed } = through(operator)
      const missing = Array.from({ length: 20 }, (_, number) => number).filter((number) => !passed.includes(number))
      const [first] = missing
      expect(first).toBeDefined()
      expect(committed()).toEqual([first === 0 ? null : BigInt(first ?? -1)])
    }
  )

  it.each(swallowing)(
    '%s is found out by age: an event names the record and the last operator of ours',
    (_name, operator) => {
      const { clock, passed, events } = through(operator)
      expect(unsettledOf(events)).toEqual([])
      clock.advance(62_000)
      const first = Array.from({ length: 20 }, (_, number) => number).find((number) => !passed.includes(number)) ?? -1
      const [event] = unsettledOf(events)
      expect(event).toMatchObject({
        _tag: 'unsettled',
        topic: 'orders',
        partition: 0,
        offset: BigInt(first),
        lastOperator: 'writeTo',
        overtakenBy: passed.filter((number) => number > first).length
      })
      expect(event?._tag === 'unsettled' && event.ageMs).toBeGreaterThanOrEqual(60_000)
      expect(event?._tag === 'unsettled' && event.ageMs).toBeLessThan(63_000)
    }
  )

  it('is found out sooner once half of maxInFlight has overtaken the record', () => {
    const { events } = through(() => filter((record) => numberOf(record) !== 3), { maxInFlight: 10 })
    expect(unsettledOf(events)).toMatchObject([{ offset: 3n, overtakenBy: 5, ageMs: 500 }])
  })

  it('is reported once for each record that the commit waits for, not repeatedly', () => {
    const { clock, events } = through(() => filter((record) => numberOf(record) !== 3), { maxInFlight: 10 })
    clock.advance(600_000)
    expect(unsettledOf(events)).toHaveLength(1)
  })

  it.each(swallowing)(
    '%s is found out by a drain, which would have to wait for the record',
    async (_name, operator) => {
      const { clock, orders, passed, events } = through(operator)
      const draining = orders.drain()
      clock.advance(1_000)
      const first = Array.from({ length: 20 }, (_, number) => number).find((number) => !passed.includes(number))
      expect(unsettledOf(events)).toMatchObject([{ offset: BigInt(first ?? -1), lastOperator: 'writeTo' }])
      expect((await draining).outcome).toBe('failed')
    }
  )

  it('is not reported of records that a pipeline has left when it ended before the drain', async () => {
    const { clock, orders, events } = through(() => take(3))
    const draining = orders.drain()
    clock.advance(1_000)
    expect((await draining).outcome).toBe('drained')
    expect(unsettledOf(events)).toEqual([])
  })

  it('is not reported of a slow handler: a record that an operator holds is not named', () => {
    const made = rig(1, { maxInFlight: 10 }, 30)
    made.orders
      .pipe(
        eachPartition((p) =>
          p.pipe(
            handle((record) => (numberOf(record) === 0 ? NEVER : undefined), { concurrency: 10, order: 'none' }),
            commit({ every: 1 })
          )
        )
      )
      .subscribe()
    made.clock.advance(290_000)
    expect(made.events.filter(({ _tag }) => _tag === 'unsettled')).toEqual([])
  })
})

describe('an operator of rxjs that emits every record', () => {
  it.each(safe)('%s is safe: everything is committed and nothing is reported', (_name, operator) => {
    const { passed, committed, events } = through(operator)
    expect([...passed].sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, number) => number))
    expect([committed(), events]).toEqual([[20n], []])
  })

  it.each([
    ['mergeMap', mergeMap((record: ConsumerRecord) => (numberOf(record) === 5 ? NEVER : of(record)))],
    ['concatMap', concatMap((record: ConsumerRecord) => (numberOf(record) === 5 ? NEVER : of(record)))]
  ])('%s is not safe if the inner stream does not emit the record', (_name, operator) => {
    const { committed, clock, events } = through(() => operator)
    clock.advance(62_000)
    expect(committed()).toEqual([5n])
    expect(unsettledOf(events)[0]).toMatchObject({ offset: 5n, lastOperator: 'writeTo' })
  })
})

describe('the outer stream', () => {
  it('under concatMap reads one partition; the others have a reason, and an event', () => {
    const { clock, orders, committed, events } = rig(3, {}, 6)
    orders.pipe(concatMap((p) => p.pipe(commit({ every: 1 })))).subscribe()
    clock.advance(11_000)
    expect(committed()).toEqual([2n, null, null])
    expect(orders.positions().map(({ standing }) => standing)).toEqual(['no data', 'not subscribed', 'not subscribed'])
    expect(events).toMatchObject([
      { _tag: 'not subscribed', partition: 1 },
      { _tag: 'not subscribed', partition: 2 }
    ])
  })

  it('under concatMap reads the next partition when the pipeline of the first has ended', () => {
    const { clock, orders, committed } = rig(2, {}, 4)
    orders.pipe(concatMap((p) => p.pipe(take(2), commit({ every: 1 })))).subscribe()
    clock.advance(2_000)
    expect(committed()).toEqual([2n, 2n])
    expect(orders.positions().map(({ standing }) => standing)).toEqual(['unsubscribed', 'unsubscribed'])
  })

  it('under switchMap reads the last partition; the others have a reason', () => {
    const { clock, orders, committed } = rig(3, {}, 6)
    orders.pipe(switchMap((p) => p.pipe(commit({ every: 1 })))).subscribe()
    clock.advance(2_000)
    expect(committed()).toEqual([null, null, 2n])
    expect(orders.positions().map(({ standing }) => standing)).toEqual(['unsubscribed', 'unsubscribed', 'no data'])
  })

  it('under exhaustMap reads the first partition; the others have a reason', () => {
    const { clock, orders, committed } = rig(3, {}, 6)
    orders.pipe(exhaustMap((p) => p.pipe(commit({ every: 1 })))).subscribe()
    clock.advance(2_000)
    expect(committed()).toEqual([2n, null, null])
    expect(orders.positions().map(({ standing }) => standing)).toEqual(['no data', 'not subscribed', 'not subscribed'])
  })
})

import { filter, mergeAll, mergeMap, NEVER, of, repeat, take } from 'rxjs'
import { describe, expect, it } from 'vitest'
import {
  ack,
  commit,
  ConsumerError,
  type ConsumerRecord,
  eachPartition,
  handle,
  writeTo
} from '../../../../src/index.js'
import { manual, numberOf } from '../../../support/handlers.js'
import { rig } from '../../../support/rig.js'

describe('what a consumer delivers and stores', () => {
  it('delivers every record and stores what was acknowledged', () => {
    const { clock, cluster, orders, committed } = rig(2, {}, 10)
    const seen: number[] = []
    orders
      .pipe(
        eachPartition((p) =>
          p.pipe(
            handle((r) => void seen.push(numberOf(r))),
            commit({ withinMs: 10 })
          )
        )
      )
      .subscribe()
    clock.advance(1_000)
    expect([...seen].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect(committed()).toEqual([0, 1].map((partition) => cluster.logEnd({ topic: 'orders', partition })))
    void orders.close()
    clock.advance(10_000)
    expect(clock.pending).toBe(0)
  })

  it('emits partitions no earlier than a turn after the assignment, so that share() branches can attach', () => {
    const { clock, orders } = rig(1)
    const order: string[] = []
    orders.rebalances.subscribe(({ _tag }) => order.push(_tag))
    orders.subscribe(() => order.push('partition'))
    clock.advance(100)
    expect(order).toEqual(['assigned', 'partition'])
  })

  it('never commits above the first unsettled record, whatever the order of acknowledgements', () => {
    const { clock, orders, committed } = rig(1, {}, 5)
    const { handler, finish } = manual()
    orders
      .pipe(eachPartition((p) => p.pipe(handle(handler, { concurrency: 5, order: 'none' }), commit({ every: 1 }))))
      .subscribe()
    clock.advance(100)
    finish(4)
    finish(1)
    clock.advance(10_000)
    expect(committed()).toEqual([null])
    finish(0)
    clock.advance(100)
    expect(committed()).toEqual([2n])
    finish(3)
    finish(2)
    clock.advance(100)
    expect(committed()).toEqual([5n])
  })

  it('commits on a timer what was acknowledged under enable.auto.commit, not what was delivered', () => {
    const { clock, orders, committed } = rig(1, { 'auto.commit.interval.ms': 1_000 }, 4)
    orders
      .pipe(
        eachPartition((p) =>
          p.pipe(
            filter((r) => numberOf(r) < 2),
            ack<ConsumerRecord>()
          )
        )
      )
      .subscribe()
    clock.advance(900)
    expect(committed()).toEqual([null])
    clock.advance(200)
    expect(committed()).toEqual([2n])
  })

  it('stores nothing implicitly without auto commit, not even at the end', () => {
    const { clock, orders, committed } = rig(1, { 'enable.auto.commit': false }, 3)
    orders.pipe(eachPartition((p) => p.pipe(ack<ConsumerRecord>()))).subscribe()
    clock.advance(10_000)
    void orders.drain()
    clock.advance(1_000)
    expect(committed()).toEqual([null])
  })

  it('delivers at most maxInFlight unfinished records', () => {
    const { clock, orders } = rig(1, { maxInFlight: 3 }, 10)
    const { handler, finish, running } = manual()
    orders
      .pipe(eachPartition((p) => p.pipe(handle(handler, { concurrency: 100, order: 'none' }), commit())))
      .subscribe()
    clock.advance(100)
    expect([...running()]).toEqual([0, 1, 2])
    finish(1)
    clock.advance(100)
    expect([...running()]).toEqual([0, 2, 3])
    expect(orders.positions()[0]).toMatchObject({ inFlight: 3, standing: 'no credit', position: 4n })
  })

  it('returns no credit while an operator behind ack() holds the record', () => {
    const { clock, orders } = rig(1, { maxInFlight: 2 }, 5)
    const { handler, running } = manual()
    orders
      .pipe(eachPartition((p) => p.pipe(ack<ConsumerRecord>(), handle(handler, { concurrency: 9, order: 'none' }))))
      .subscribe()
    clock.advance(100)
    expect(running()).toHaveLength(2)
  })

  it('stops at maxUncommitted behind one hung record, though the others settle', () => {
    const { clock, orders } = rig(1, { maxUncommitted: 4 }, 20)
    let delivered = 0
    orders
      .pipe(
        eachPartition((p) =>
          p.pipe(
            handle((r) => (delivered++, numberOf(r) === 0 ? NEVER : undefined), { concurrency: 50, order: 'none' }),
            commit()
          )
        )
      )
      .subscribe()
    clock.advance(100)
    expect(delivered).toBe(4)
    expect(orders.positions()[0]?.standing).toBe('commit range full')
  })

  it('lets a hung partition hold no other', () => {
    const { clock, orders } = rig(3, {}, 30)
    const seen: number[] = []
    orders
      .pipe(
        eachPartition((p) =>
          p.pipe(
            handle((r) => (r.partition === 1 ? NEVER : seen.push(numberOf(r)))),
            commit()
          )
        )
      )
      .subscribe()
    clock.advance(1_000)
    expect(seen).toHaveLength(20)
  })

  it('says starved after a second without credit and without work, and what to do', () => {
    const { clock, orders, events } = rig(1, { maxInFlight: 2 }, 5)
    orders.pipe(mergeAll()).subscribe()
    clock.advance(900)
    expect(events).toEqual([])
    clock.advance(300)
    expect(events).toMatchObject([{ _tag: 'starved', topic: 'orders', partition: 0, inFlight: 2 }])
    expect(events[0]?._tag === 'starved' && events[0].advice).toContain('commit()')
  })

  it('names a record that an operator of rxjs swallowed, once half of maxInFlight has overtaken it', () => {
    const { clock, orders, events, committed } = rig(1, { maxInFlight: 10 }, 30)
    orders
      .pipe(
        eachPartition((p) =>
          p.pipe(
            writeTo(() => undefined),
            filter((r) => numberOf(r) !== 3),
            commit({ every: 1 })
          )
        )
      )
      .subscribe()
    clock.advance(100)
    expect(events).toMatchObject([{ _tag: 'unsettled', offset: 3n, lastOperator: 'writeTo', overtakenBy: 5 }])
    expect(committed()).toEqual([3n])
  })

  it('names a swallowed record by its age', () => {
    const { clock, orders, events } = rig(1, {}, 2)
    orders
      .pipe(
        eachPartition((p) =>
          p.pipe(
            filter((r) => numberOf(r) !== 0),
            commit()
          )
        )
      )
      .subscribe()
    clock.advance(59_000)
    expect(events).toEqual([])
    clock.advance(2_000)
    expect(events).toMatchObject([{ _tag: 'unsettled', offset: 0n, lastOperator: 'source' }])
  })

  it('does not fetch a partition that nobody subscribes to, and says so after ten seconds', () => {
    const { clock, orders, events } = rig(1, {}, 5)
    orders.subscribe()
    clock.advance(9_000)
    expect(orders.positions()[0]).toMatchObject({ standing: 'not subscribed', logEnd: null })
    clock.advance(2_000)
    expect(events).toMatchObject([{ _tag: 'not subscribed', partition: 0 }])
  })

  it('stops the intake when a partition is unsubscribed, and still commits what settles', () => {
    const { clock, orders, committed } = rig(1, {}, 10)
    const { handler, finish } = manual()
    orders
      .pipe(
        eachPartition((p) => p.pipe(take(3), handle(handler, { concurrency: 9, order: 'none' }), commit({ every: 1 })))
      )
      .subscribe()
    clock.advance(100)
    expect(orders.positions()[0]).toMatchObject({ standing: 'unsubscribed', position: 3n })
    finish(0)
    clock.advance(100)
    expect(committed()).toEqual([1n])
  })

  it('refuses a second subscriber of a partition', () => {
    const { clock, orders } = rig(1)
    const errors: unknown[] = []
    orders.subscribe((p) => {
      p.subscribe()
      p.subscribe({ error: (error: unknown) => errors.push(error) })
    })
    clock.advance(100)
    expect(errors.map((error) => error instanceof ConsumerError && error.fault._tag)).toEqual(['UsageFault'])
  })

  it('begins a re-subscription at the first unsettled record, a turn later', () => {
    const { clock, orders } = rig(1, { maxInFlight: 4 }, 6)
    const seen: number[] = []
    orders.pipe(mergeMap((p) => p.pipe(take(4), repeat({ count: 2 })))).subscribe((r) => {
      seen.push(numberOf(r))
      if (numberOf(r) < 2) of(r).pipe(ack()).subscribe()
    })
    clock.advance(1_000)
    expect(seen).toEqual([0, 1, 2, 3, 2, 3, 4, 5])
  })
})

import { mergeAll, NEVER, type Observable, Observable as Rx, Subject } from 'rxjs'
import { describe, expect, it } from 'vitest'
import {
  ack,
  commit,
  concurrencyLimit,
  type ConsumerRecord,
  eachPartition,
  exponential,
  handle,
  type HandleOptions
} from '../../../src/index.js'
import { manual, numberOf } from '../../support/handlers.js'
import { rig, type Rig } from '../../support/rig.js'

const never = (): Observable<never> => NEVER
const sorted = (numbers: readonly number[]): readonly number[] => [...numbers].sort((a, b) => a - b)
/** A pipeline for each partition, or one for all of them. */
const follow = (
  made: Rig,
  flat: boolean,
  options: HandleOptions<ConsumerRecord>,
  fn: (record: ConsumerRecord) => unknown
): void => {
  const { orders } = made
  if (flat) orders.pipe(mergeAll(), handle(fn, options), ack()).subscribe()
  else orders.pipe(eachPartition((p) => p.pipe(handle(fn, options), ack()))).subscribe()
}

describe('concurrency', () => {
  it.each([true, false])('counts for each partition, in a pipeline of all of them as well (flat: %s)', (flat) => {
    const made = rig(3, {}, 30)
    const work = manual()
    follow(made, flat, { concurrency: 2, order: 'none' }, work.handler)
    made.clock.advance(100)
    expect(sorted(work.running())).toEqual([0, 1, 2, 3, 4, 5])
    work.finish(1)
    expect(sorted(work.running())).toEqual([0, 2, 3, 4, 5, 7])
  })

  it('gives the slot of a record that waits for its next attempt to another', () => {
    const made = rig(1, {}, 4)
    const seen: number[] = []
    const retry = { attempts: 3, backoff: exponential({ initialMs: 1_000, maxMs: 1_000, random: () => 1 }) }
    follow(made, false, { concurrency: 1, order: 'key', retry }, (record) => {
      seen.push(numberOf(record))
      if (numberOf(record) === 0) throw new Error('not yet')
    })
    made.clock.advance(500)
    expect(seen).toEqual([0, 1, 2, 3])
    made.clock.advance(600)
    expect(seen).toEqual([0, 1, 2, 3, 0])
  })

  it('holds up no other key while one hangs, nor another partition', () => {
    const made = rig(2)
    const { cluster, clock } = made
    for (let number = 0; number < 20; number++)
      cluster.produce('orders', {
        partition: number % 2,
        key: number % 4 === 0 ? 'hung' : 'well',
        value: String(number)
      })
    const seen: number[] = []
    follow(made, true, { concurrency: 2, order: 'key' }, (record) => {
      seen.push(numberOf(record))
      return numberOf(record) === 0 ? NEVER : undefined
    })
    clock.advance(1_000)
    expect(sorted(seen)).toEqual([0, 1, 2, 3, 5, 6, 7, 9, 10, 11, 13, 14, 15, 17, 18, 19])
  })

  it('has records without a key one after the other, beside those with one', () => {
    const made = rig(1)
    for (const [key, value] of [
      [null, '0'],
      ['a', '1'],
      [null, '2'],
      ['a', '3']
    ] as const)
      made.cluster.produce('orders', { partition: 0, key, value })
    const work = manual()
    follow(made, false, { concurrency: 8, order: 'key' }, work.handler)
    made.clock.advance(10)
    expect(work.running()).toEqual([0, 1])
    work.finish(0)
    expect(work.running()).toEqual([1, 2])
  })

  it('distinguishes keys by their bytes, and an empty one from none', () => {
    const made = rig(1)
    const keys = [new Uint8Array(), null, new Uint8Array([0xff]), new Uint8Array([0xfe]), new Uint8Array([0xff])]
    keys.forEach((key, number) => {
      made.cluster.produce('orders', { partition: 0, key, value: String(number) })
    })
    const work = manual()
    follow(made, false, { concurrency: 8, order: 'key' }, work.handler)
    made.clock.advance(10)
    expect(work.running()).toEqual([0, 1, 2, 3])
  })

  it('orders by the result of a function, across the partitions of one pipeline', () => {
    const made = rig(2, {}, 6)
    const work = manual()
    follow(
      made,
      true,
      { concurrency: 8, order: (record) => (numberOf(record) < 4 ? 'first four' : null) },
      work.handler
    )
    made.clock.advance(10)
    expect(sorted(work.running())).toEqual([0, 4, 5])
    work.finish(0)
    expect(work.running()).toHaveLength(3)
  })

  it('treats a record as failed if its order function throws', () => {
    const made = rig(1, {}, 3)
    const seen: number[] = []
    const order = (record: ConsumerRecord): string => {
      if (numberOf(record) === 1) throw new Error('no name')
      return 'a'
    }
    follow(made, false, { order, onFailure: 'skip' }, (record) => void seen.push(numberOf(record)))
    made.clock.advance(10)
    expect(seen).toEqual([0, 2])
    expect(made.events).toMatchObject([
      { _tag: 'skipped', offset: 1n, fault: { _tag: 'HandlerFault', cause: { message: 'no name' } } }
    ])
  })

  it('uses no timer beside the one of a handler that waits', () => {
    const made = rig(1, {}, 100)
    const idle = rig(1)
    const quiet = new Subject<void>()
    follow(made, false, { concurrency: 100, order: 'none' }, () => quiet)
    follow(idle, false, { concurrency: 100, order: 'none' }, () => quiet)
    made.clock.advance(100)
    idle.clock.advance(100)
    // The watches over unsettled records, slow handlers and stalls are there once a partition, not once a record.
    expect(made.clock.pending - idle.clock.pending).toBeLessThanOrEqual(3)
  })
})

describe('concurrencyLimit', () => {
  it('is shared by the partitions of a consumer, and none gets all of it while others may need it', () => {
    const made = rig(2)
    const limit = concurrencyLimit(8)
    for (let number = 0; number < 20; number++) made.cluster.produce('orders', { partition: 0, value: String(number) })
    const work = manual()
    follow(made, false, { order: 'none', limit }, work.handler)
    made.clock.advance(100)
    expect([limit.size, limit.active]).toEqual([8, 6])
    for (let number = 20; number < 40; number++) made.cluster.produce('orders', { partition: 1, value: String(number) })
    made.clock.advance(1_000)
    expect(limit.active).toBe(8)
    expect(work.running().filter((number) => number >= 20)).toEqual([20, 21])
  })

  it('continues with the next record as soon as a slot is free', () => {
    const made = rig(4, {}, 400)
    const limit = concurrencyLimit(4)
    let most = 0
    let handled = 0
    follow(made, true, { order: 'none', limit }, () => {
      most = Math.max(most, limit.active)
      handled++
      return new Rx((subscriber) =>
        made.clock.schedule(5, () => {
          subscriber.complete()
        })
      )
    })
    made.clock.advance(10)
    expect(most).toBe(4)
    expect(handled).toBeGreaterThan(4)
  })

  it('is free again once a pipeline that had it is unsubscribed', () => {
    const made = rig(1, {}, 10)
    const limit = concurrencyLimit(4)
    const subscription = made.orders
      .pipe(eachPartition((p) => p.pipe(handle(never, { order: 'none', limit }), commit())))
      .subscribe()
    made.clock.advance(100)
    expect(limit.active).toBe(4)
    subscription.unsubscribe()
    expect(limit.active).toBe(0)
  })
})

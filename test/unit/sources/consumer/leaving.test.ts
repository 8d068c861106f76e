import { NEVER, Subject, takeUntil } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { commit, type DrainReport, eachPartition, handle } from '../../../../src/index.js'
import { manual } from '../../../support/handlers.js'
import { group, rig } from '../../../support/rig.js'

describe('a consumer that ends', () => {
  it('drains: stops intake, finishes what is in flight, commits, leaves, completes', async () => {
    const { clock, cluster, orders, committed } = rig(1, { maxInFlight: 2 }, 5)
    const { handler, finish } = manual()
    const outcome: string[] = []
    orders
      .pipe(eachPartition((p) => p.pipe(handle(handler, { concurrency: 2, order: 'none' }), commit())))
      .subscribe({ complete: () => outcome.push('complete') })
    clock.advance(500)
    const drained = orders.drain()
    const again = orders.drain()
    finish(1)
    clock.advance(500)
    expect(outcome).toEqual([])
    finish(0)
    clock.advance(500)
    expect(outcome).toEqual(['complete'])
    const report: DrainReport = await drained
    expect(report).toMatchObject({
      outcome: 'drained',
      partitions: [{ outcome: 'drained', committed: 2n, repeated: 0 }]
    })
    expect(await again).toEqual(report)
    expect(committed()).toEqual([2n])
    expect(cluster.describeGroup(group)).toMatchObject({ state: 'Empty', members: [] })
    expect(clock.pending).toBe(0)
  })

  it('ends a drain at its deadline and says what is left', async () => {
    const { clock, orders } = rig(1, {}, 2)
    orders
      .pipe(
        eachPartition((p) =>
          p.pipe(
            handle(() => NEVER),
            commit()
          )
        )
      )
      .subscribe()
    clock.advance(500)
    const drained = orders.drain({ timeoutMs: 1_000 })
    clock.advance(1_100)
    expect(await drained).toMatchObject({ outcome: 'deadline', partitions: [{ outcome: 'timed out', repeated: 2 }] })
  })

  it('closes at once in spite of a hung handler, and overtakes a drain', async () => {
    const { clock, orders, committed } = rig(1, {}, 3)
    const { handler, finish } = manual()
    const outcome: string[] = []
    orders
      .pipe(
        eachPartition((p) =>
          p.pipe(handle(handler, { concurrency: 3, order: 'none' }), commit({ every: 10, withinMs: 9_999 }))
        )
      )
      .subscribe({ complete: () => outcome.push('complete') })
    clock.advance(500)
    finish(0)
    const drained = orders.drain()
    clock.advance(100)
    const closed = orders.close()
    clock.advance(100)
    await closed
    expect(await drained).toMatchObject({ outcome: 'aborted' })
    expect(outcome).toEqual(['complete'])
    expect(committed()).toEqual([1n])
    expect(clock.pending).toBe(0)
  })

  it('drains an idle pipeline at once', async () => {
    const { clock, orders } = rig(2)
    orders.pipe(eachPartition((p) => p.pipe(commit()))).subscribe()
    clock.advance(500)
    const drained = orders.drain()
    clock.advance(5)
    expect(await drained).toMatchObject({ outcome: 'drained' })
  })

  it('closes when everything is unsubscribed', () => {
    const { clock, cluster, orders } = rig(1, {}, 2)
    const subscription = orders
      .pipe(
        eachPartition((p) =>
          p.pipe(
            handle(() => NEVER),
            commit()
          )
        )
      )
      .subscribe()
    clock.advance(500)
    subscription.unsubscribe()
    clock.advance(1_000)
    expect(cluster.describeGroup(group).members).toEqual([])
    expect(clock.pending).toBe(0)
  })

  it('drains when the outer stream ends first', () => {
    const { clock, orders, committed } = rig(1, {}, 2)
    const { handler, finish } = manual()
    const stop = new Subject<void>()
    const outcome: string[] = []
    orders
      .pipe(
        takeUntil(stop),
        eachPartition((p) => p.pipe(handle(handler), commit()))
      )
      .subscribe({ complete: () => outcome.push('complete') })
    clock.advance(500)
    stop.next()
    clock.advance(500)
    expect(outcome).toEqual([])
    finish(0)
    clock.advance(500)
    expect(outcome).toEqual([])
    finish(1)
    clock.advance(500)
    expect(outcome).toEqual(['complete'])
    expect(committed()).toEqual([2n])
  })

  it('drains the other partitions, commits and leaves before a failed pipeline is an error', () => {
    const { clock, orders, cluster, committed } = rig(2, {}, 4)
    const { handler, finish, fail } = manual()
    const errors: unknown[] = []
    orders
      .pipe(eachPartition((p) => p.pipe(handle(handler), commit())))
      .subscribe({ error: (error: unknown) => errors.push(error) })
    clock.advance(500)
    fail(0)
    clock.advance(500)
    expect(errors).toEqual([])
    finish(1)
    clock.advance(500)
    finish(3)
    clock.advance(500)
    expect(errors).toHaveLength(1)
    expect(errors[0]).toMatchObject({ fault: { _tag: 'HandlerFault', place: { partition: 0, offset: 0n } } })
    expect(committed()).toEqual([null, 2n])
    expect(cluster.describeGroup(group).members).toEqual([])
  })
})

import { concatMap, EMPTY, map, NEVER, type Observable, Subject } from 'rxjs'
import { describe, expect, it } from 'vitest'
import {
  commit,
  ConsumerError,
  consumer,
  eachPartition,
  exponential,
  fanOut,
  handle,
  subscribe,
  writeTo
} from '../../../../src/index.js'
import { manual, numberOf } from '../../../support/handlers.js'
import { rig } from '../../../support/rig.js'

describe('consumer', () => {
  it('restarts a failed pipeline alone, from its first unsettled record', () => {
    const { clock, orders, events, committed } = rig(2, {}, 8)
    let failures = 0
    orders
      .pipe(
        eachPartition(
          (p) =>
            p.pipe(
              handle((r) => {
                if (numberOf(r) === 4 && failures++ < 2) throw new Error('not yet')
              }),
              commit({ every: 1 })
            ),
          { onError: { restart: exponential({ initialMs: 100, maxMs: 1_000 }) } }
        )
      )
      .subscribe()
    clock.advance(10_000)
    expect(failures).toBe(3)
    expect(committed()).toEqual([4n, 4n])
    expect(events.filter(({ _tag }) => _tag === 'pipeline restarting')).toHaveLength(2)
  })

  it('says that a pipeline ended early, and lets its partition stand', () => {
    const { clock, orders, events } = rig(1, {}, 2)
    orders.pipe(eachPartition(() => EMPTY)).subscribe()
    clock.advance(1_000)
    expect(events).toMatchObject([{ _tag: 'pipeline ended', partition: 0 }])
    expect(orders.positions()[0]?.standing).toBe('pipeline ended')
  })

  it('passes a record of fanOut on when the slower branch is done, not the faster', () => {
    const { clock, orders, committed } = rig(1, {}, 1)
    const { handler, finish } = manual()
    orders
      .pipe(
        eachPartition((p) =>
          p.pipe(
            fanOut(
              (o) => o.pipe(writeTo(() => undefined)),
              (o) => o.pipe(writeTo(handler))
            ),
            commit({ every: 1 })
          )
        )
      )
      .subscribe()
    clock.advance(500)
    expect(committed()).toEqual([null])
    finish(0)
    clock.advance(500)
    expect(committed()).toEqual([1n])
  })

  it('retries a commit that failed, with the newest offset, and says so', () => {
    const { clock, cluster, orders, commits, committed } = rig(1, {}, 2)
    const { handler, finish } = manual()
    orders
      .pipe(eachPartition((p) => p.pipe(handle(handler, { concurrency: 2, order: 'none' }), commit({ every: 1 }))))
      .subscribe()
    clock.advance(500)
    cluster.failNext('OffsetCommit', 14)
    finish(0)
    clock.advance(10)
    finish(1)
    expect(committed()).toEqual([null])
    clock.advance(1_000)
    expect(committed()).toEqual([2n])
    expect(commits.map(({ _tag }) => _tag)).toEqual(['retrying', 'stored'])
  })

  it('applies auto.offset.reset when the position is gone, and says from where to where', () => {
    const { clock, cluster, orders, events } = rig(1, { maxInFlight: 2, 'max.partition.fetch.bytes': 1 }, 20)
    const seen: number[] = []
    const gate = new Subject<void>()
    orders
      .pipe(
        eachPartition((p) =>
          p.pipe(
            handle(
              (r) => {
                seen.push(numberOf(r))
                return seen.length <= 2 ? gate : undefined
              },
              { concurrency: 2, order: 'none' }
            ),
            commit({ every: 1 })
          )
        )
      )
      .subscribe()
    clock.advance(500)
    cluster.deleteRecords({ topic: 'orders', partition: 0 }, 15n)
    gate.complete()
    clock.advance(5_000)
    expect(seen.slice(-5)).toEqual([15, 16, 17, 18, 19])
    expect(events).toMatchObject([
      { _tag: 'gap', from: 2n, to: 15n, cause: 'retention' },
      { _tag: 'reset', to: 15n, policy: 'earliest', logStart: 15n, logEnd: 20n }
    ])
  })

  it('fails clearly when startFrom throws, gives nothing, or never answers', () => {
    const answers: readonly (() => Observable<never>)[] = [
      () => {
        throw new Error('the database is down')
      },
      () => EMPTY,
      () => NEVER
    ]
    for (const startFrom of answers) {
      const { clock, orders } = rig(1, { startFrom, 'request.timeout.ms': 1_000 })
      const errors: unknown[] = []
      orders.subscribe({ error: (error: unknown) => errors.push(error) })
      clock.advance(5_000)
      expect(errors).toMatchObject([{ fault: { _tag: 'StartFromFault' } }])
    }
  })

  it('reads only one partition under concatMap on the outer stream, and says why the others stand', () => {
    const { clock, orders } = rig(2, {}, 4)
    const seen = new Set<number>()
    orders.pipe(concatMap((p) => p.pipe(map((r) => r.partition)))).subscribe((partition) => seen.add(partition))
    clock.advance(1_000)
    expect([...seen]).toEqual([0])
    expect(orders.positions().map(({ standing }) => standing)).toEqual(['no data', 'not subscribed'])
  })

  it('lists everything that is wrong with its configuration before it does anything', () => {
    const { cluster } = rig(1)
    const wrong = { 'session.timeout.ms': '5s', groupId: 'x', subscription: subscribe() } as unknown
    const make = (): unknown => consumer(cluster, wrong as Parameters<typeof consumer>[1])
    expect(make).toThrow(ConsumerError)
    expect(make).toThrow(/session\.timeout\.ms.*"5s"/)
    expect(make).toThrow(/did you mean group\.id/)
  })
})

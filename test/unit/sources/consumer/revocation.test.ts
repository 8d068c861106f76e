import { finalize, mergeAll, mergeMap, of } from 'rxjs'
import { describe, expect, it } from 'vitest'
import {
  ack,
  batch,
  commit,
  type ConsumerRecord,
  eachPartition,
  handle,
  type PartitionStream,
  writeTo
} from '../../../../src/index.js'
import { manual, numberOf } from '../../../support/handlers.js'
import { rig } from '../../../support/rig.js'

describe('a partition that is taken away', () => {
  it('completes the partition stream at a revocation, drains, commits, and only then releases', () => {
    const { clock, orders, rebalances, committed, member } = rig(2, { 'heartbeat.interval.ms': 100 }, 2)
    const { handler, finish } = manual()
    const ended: string[] = []
    orders
      .pipe(
        eachPartition((p) => {
          p.signal.addEventListener('abort', () => ended.push('abort'))
          return p.pipe(handle(handler), commit())
        })
      )
      .subscribe()
    clock.advance(500)
    const second = member()
    const others: PartitionStream[] = []
    second.subscribe((p) => others.push(p))
    clock.advance(2_000)
    expect(rebalances.map(({ _tag }) => _tag)).toEqual(['assigned', 'revoking'])
    expect(others).toEqual([])
    finish(0)
    finish(1)
    clock.advance(500)
    expect(rebalances.map(({ _tag }) => _tag)).toEqual(['assigned', 'revoking', 'revoked', 'assigned'])
    expect(rebalances[2]).toMatchObject({
      partitions: [
        { outcome: 'drained', committed: 1n, repeated: 0 },
        { outcome: 'drained', committed: 1n }
      ]
    })
    expect(committed()).toEqual([1n, 1n])
    expect(others).toHaveLength(1)
    expect(ended).toEqual([])
  })

  it('aborts at the deadline, stores what is settled and reports what will be repeated', () => {
    const { clock, orders, rebalances, committed, member } = rig(
      1,
      { 'heartbeat.interval.ms': 100, 'drain.timeout.ms': 5_000 },
      3
    )
    const { handler, finish } = manual()
    let aborted = 0
    let completed = 0
    orders
      .pipe(
        eachPartition((p) => {
          p.signal.addEventListener('abort', () => aborted++)
          return p.pipe(handle(handler, { concurrency: 3, order: 'none' }), commit({ every: 100, withinMs: 60_000 }))
        })
      )
      .subscribe({ complete: () => completed++ })
    clock.advance(500)
    finish(0)
    member().subscribe()
    clock.advance(4_000)
    expect(aborted).toBe(0)
    clock.advance(2_000)
    expect(aborted).toBe(1)
    expect(completed).toBe(0)
    expect(rebalances.find(({ _tag }) => _tag === 'revoked')).toMatchObject({
      partitions: [{ outcome: 'timed out', committed: 1n, repeated: 2 }]
    })
    expect(committed()).toEqual([1n])
  })

  it('lets late acknowledgements of a revoked partition do nothing', () => {
    const { clock, orders, committed, member } = rig(1, { 'heartbeat.interval.ms': 100, 'drain.timeout.ms': 1_000 }, 3)
    const held: ConsumerRecord[] = []
    orders.pipe(mergeAll()).subscribe((r) => held.push(r))
    clock.advance(500)
    member().subscribe()
    clock.advance(3_000)
    for (const record of held.slice(0, 3))
      of(record)
        .pipe(commit({ every: 1 }))
        .subscribe()
    clock.advance(10_000)
    expect(committed()).toEqual([null])
  })

  it('aborts at once what was lost, commits nothing of it and joins again', () => {
    const { clock, cluster, orders, rebalances, committed } = rig(1, { 'heartbeat.interval.ms': 100 }, 3)
    const { handler } = manual()
    const stored: unknown[] = []
    orders.pipe(eachPartition((p) => p.pipe(handle(handler), commit({ every: 1 })))).subscribe((c) => stored.push(c))
    clock.advance(500)
    cluster.failNext('Heartbeat', 25)
    clock.advance(200)
    expect(rebalances.map(({ _tag }) => _tag)).toEqual(['assigned', 'lost'])
    clock.advance(12_000)
    expect(rebalances.map(({ _tag }) => _tag)).toEqual(['assigned', 'lost', 'assigned'])
    expect(rebalances[1]).toMatchObject({ partitions: [{ outcome: 'aborted', repeated: 3 }] })
    expect(committed()).toEqual([null])
  })

  it('flushes a batch that is larger than the credit, instead of waiting for ever', () => {
    const { clock, orders, committed } = rig(1, { maxInFlight: 4 }, 10)
    const sizes: number[] = []
    orders
      .pipe(
        eachPartition((p) =>
          p.pipe(
            batch({ records: 5_000 }),
            writeTo((b) => void sizes.push(b.value.length)),
            commit({ every: 1 })
          )
        )
      )
      .subscribe()
    clock.advance(2_000)
    expect(sizes).toEqual([4, 4])
    void orders.drain()
    clock.advance(1_000)
    expect(sizes).toEqual([4, 4, 2])
    expect(committed()).toEqual([10n])
  })

  it('flushes a batch in a flat merge when one of its partitions is revoked, though nothing completes', () => {
    const { clock, orders, rebalances, committed, member } = rig(2, { 'heartbeat.interval.ms': 100 }, 4)
    orders.pipe(mergeAll(), batch({ records: 100 }), commit({ every: 1 })).subscribe()
    clock.advance(500)
    expect(committed()).toEqual([null, null])
    member().subscribe()
    clock.advance(1_000)
    expect(rebalances.find(({ _tag }) => _tag === 'revoked')).toMatchObject({
      partitions: [{ outcome: 'drained' }, { outcome: 'drained' }]
    })
    expect(committed()).toEqual([2n, 2n])
  })

  it('flushes nothing of a lost partition into a sink, though its stream completes under a flat merge', () => {
    const { clock, cluster, orders } = rig(1, { 'heartbeat.interval.ms': 100 }, 3)
    const written: number[] = []
    let completed = 0
    orders
      .pipe(
        mergeMap((p) =>
          p.pipe(
            finalize(() => completed++),
            batch({ records: 100 }),
            writeTo((b) => void written.push(b.value.length))
          )
        )
      )
      .subscribe()
    clock.advance(500)
    cluster.failNext('Heartbeat', 25)
    clock.advance(500)
    expect([completed, written]).toEqual([1, []])
  })

  it('lets acknowledgements from before a seek do nothing', () => {
    const { clock, orders, committed } = rig(1, {}, 6)
    const before: ConsumerRecord[] = []
    orders.pipe(mergeAll()).subscribe((r) => before.push(r))
    clock.advance(500)
    orders.seek({ topic: 'orders', partition: 0 }, { offset: 2n })
    clock.advance(500)
    expect(before.map(numberOf)).toEqual([0, 1, 2, 3, 4, 5, 2, 3, 4, 5])
    for (const record of before.slice(0, 6)) of(record).pipe(ack()).subscribe()
    clock.advance(10_000)
    expect(committed()).toEqual([2n])
    for (const record of before.slice(6, 8)) of(record).pipe(ack()).subscribe()
    clock.advance(10_000)
    expect(committed()).toEqual([4n])
  })
})

import {
  bufferCount,
  bufferTime,
  concatWith,
  EMPTY,
  filter,
  ignoreElements,
  mergeAll,
  mergeMap,
  NEVER,
  type OperatorFunction,
  tap,
  VirtualTimeScheduler
} from 'rxjs'
import { describe, expect, it } from 'vitest'
import {
  atMostOnce,
  batch,
  commit,
  type ConsumerRecord,
  eachPartition,
  handle,
  type RebalanceEvent,
  writeTo
} from '../../../src/index.js'
import { manual, numberOf, parallel } from '../../support/handlers.js'
import { rig, type Rig } from '../../support/rig.js'

const quick = { 'heartbeat.interval.ms': 100 } as const

const revoked = ({ rebalances }: Rig): Extract<RebalanceEvent, { readonly _tag: 'revoked' }> | undefined =>
  rebalances.find((event) => event._tag === 'revoked')

describe('a revocation', () => {
  it('stops the intake, completes the stream, waits, commits, releases, reports, and only then continues', () => {
    const made = rig(2, { ...quick, maxInFlight: 2 }, 12)
    const { clock, orders, member, commits } = made
    const work = manual()
    const trace: string[] = []
    orders.rebalances.subscribe(({ _tag }) => trace.push(_tag))
    orders.commits.subscribe(({ _tag }) => trace.push(_tag))
    orders
      .pipe(
        eachPartition((p) => {
          const name = String(p.partition)
          trace.push(`stream ${name}`)
          return p.pipe(
            tap({ complete: () => trace.push(`complete ${name}`) }),
            handle(work.handler, parallel),
            tap({ complete: () => trace.push(`worked ${name}`) }),
            commit({ every: 1_000, withinMs: 1_000_000 }),
            tap({ complete: () => trace.push(`end ${name}`) })
          )
        })
      )
      .subscribe()
    clock.advance(500)
    member().subscribe((p) => trace.push(`other’s stream ${String(p.partition)}`))
    clock.advance(2_000)
    expect(trace).toEqual(['assigned', 'stream 0', 'stream 1', 'revoking', 'complete 0', 'complete 1'])
    // Two of each partition were delivered, and no credit that comes back brings another one.
    expect(work.running()).toEqual([0, 2, 1, 3])
    expect(orders.positions().map(({ standing }) => standing)).toEqual(['draining', 'draining'])
    work.finish(0, 2)
    clock.advance(2_000)
    expect(trace.slice(6)).toEqual(['worked 0', 'stored', 'end 0'])
    expect(work.running()).toEqual([1, 3])
    work.finish(1, 3)
    clock.advance(2_000)
    expect(trace.slice(9, 13)).toEqual(['worked 1', 'stored', 'end 1', 'revoked'])
    expect(trace.slice(13).sort()).toEqual(['assigned', 'other’s stream 1', 'stream 0'])
    expect(commits.flatMap((event) => event.offsets.map(({ partition, offset }) => [partition, offset]))).toEqual([
      [0, 2n],
      [1, 2n]
    ])
    expect(revoked(made)).toMatchObject({
      partitions: [
        { partition: 0, outcome: 'drained', committed: 2n, repeated: 0 },
        { partition: 1, outcome: 'drained', committed: 2n, repeated: 0 }
      ]
    })
  })

  it('takes in no more records, though some arrive and there is credit', () => {
    const { clock, cluster, orders, member } = rig(1, quick, 1)
    const work = manual()
    orders.pipe(eachPartition((p) => p.pipe(handle(work.handler, parallel), commit()))).subscribe()
    clock.advance(500)
    member().subscribe()
    clock.advance(500)
    cluster.produce('orders', { partition: 0, value: '1' })
    clock.advance(5_000)
    expect(work.running()).toEqual([0])
  })

  const collectors: readonly (readonly [string, OperatorFunction<ConsumerRecord, ConsumerRecord>])[] = [
    ['bufferTime of rxjs', (source) => source.pipe(bufferTime(1_000_000, new VirtualTimeScheduler()), mergeAll())],
    ['bufferCount of rxjs', (source) => source.pipe(bufferCount(100), mergeAll())],
    [
      'batch',
      (source) =>
        source.pipe(
          batch({ records: 100 }),
          mergeMap((list) => list.value)
        )
    ]
  ]
  it.each(collectors)('completes the stream so that %s emits what it has collected', (_name, collecting) => {
    const made = rig(1, quick, 3)
    made.orders.pipe(eachPartition((p) => p.pipe(collecting, commit()))).subscribe()
    made.clock.advance(5_000)
    expect(made.committed()).toEqual([null])
    made.member().subscribe()
    made.clock.advance(1_000)
    expect(revoked(made)).toMatchObject({ partitions: [{ outcome: 'drained', committed: 3n }] })
    expect(made.committed()).toEqual([3n])
  })

  it('ends as soon as everything is settled, though the pipeline’s output never ends', () => {
    const made = rig(1, quick, 2)
    made.orders.pipe(eachPartition((p) => p.pipe(commit({ every: 1 }), concatWith(NEVER)))).subscribe()
    made.clock.advance(500)
    made.member().subscribe()
    made.clock.advance(500)
    expect(revoked(made)).toMatchObject({ partitions: [{ outcome: 'drained', committed: 2n }] })
  })

  it('ends as soon as the pipeline’s output has, though records are unsettled', () => {
    const made = rig(1, quick, 3)
    made.orders
      .pipe(
        eachPartition((p) =>
          p.pipe(
            filter((record) => numberOf(record) === 0),
            commit({ every: 1 })
          )
        )
      )
      .subscribe()
    made.clock.advance(500)
    made.member().subscribe()
    made.clock.advance(500)
    expect(revoked(made)).toMatchObject({ partitions: [{ outcome: 'failed', committed: 1n, repeated: 2 }] })
  })

  it('waits for the end of the pipeline, not of the source: what ends last counts', () => {
    const made = rig(1, quick, 2)
    const work = manual()
    made.orders
      .pipe(
        eachPartition((p) =>
          p.pipe(
            handle(() => undefined),
            batch({ records: 100 }),
            writeTo((list) => list.value.map((record) => work.handler(record))[0]),
            commit()
          )
        )
      )
      .subscribe()
    made.clock.advance(500)
    made.member().subscribe()
    made.clock.advance(5_000)
    expect([revoked(made), work.running()]).toEqual([undefined, [0]])
    work.finish(0)
    made.clock.advance(500)
    expect(revoked(made)).toMatchObject({ partitions: [{ outcome: 'drained', committed: 2n }] })
  })

  it('ends at its deadline in the worst case', () => {
    const made = rig(1, { ...quick, 'drain.timeout.ms': 3_000 }, 2)
    made.orders
      .pipe(
        eachPartition((p) =>
          p.pipe(
            handle(() => NEVER),
            commit()
          )
        )
      )
      .subscribe()
    made.clock.advance(500)
    made.member().subscribe()
    made.clock.advance(2_500)
    expect(revoked(made)).toBeUndefined()
    made.clock.advance(1_000)
    expect(revoked(made)).toMatchObject({ partitions: [{ outcome: 'timed out', committed: null, repeated: 2 }] })
  })

  it('keeps the member alive meanwhile: heartbeats continue for longer than the session, and the commit is accepted', () => {
    const made = rig(1, { ...quick, 'session.timeout.ms': 2_000, 'drain.timeout.ms': 60_000 }, 1)
    const work = manual()
    made.orders.pipe(eachPartition((p) => p.pipe(handle(work.handler), commit()))).subscribe()
    made.clock.advance(500)
    made.member().subscribe()
    made.clock.advance(50_000)
    expect(made.rebalances.map(({ _tag }) => _tag)).toEqual(['assigned', 'revoking'])
    work.finish(0)
    made.clock.advance(500)
    expect(made.rebalances.map(({ _tag }) => _tag).slice(0, 3)).toEqual(['assigned', 'revoking', 'revoked'])
    expect(made.committed()).toEqual([1n])
  })

  it('retries its last commit, and releases only when that is stored', () => {
    const made = rig(1, quick, 1)
    made.orders.pipe(eachPartition((p) => p.pipe(commit({ every: 100, withinMs: 1_000_000 })))).subscribe()
    made.clock.advance(500)
    made.cluster.failNext('OffsetCommit', 14, 4)
    made.member().subscribe()
    made.clock.advance(400)
    expect(made.commits.some(({ _tag }) => _tag === 'retrying')).toBe(true)
    expect([revoked(made), made.committed()]).toEqual([undefined, [null]])
    made.clock.advance(5_000)
    expect([revoked(made)?.partitions, made.committed()]).toMatchObject([[{ outcome: 'drained', committed: 1n }], [1n]])
  })

  it('lets the stream of the next owner begin at the last commit', () => {
    const { clock, orders, member } = rig(1, quick, 4)
    const work = manual()
    const seen: number[] = []
    const first = orders.pipe(eachPartition((p) => p.pipe(handle(work.handler, parallel), commit()))).subscribe()
    clock.advance(500)
    work.finish(0, 1, 3)
    clock.advance(100)
    member()
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
    first.unsubscribe()
    clock.advance(60_000)
    expect(seen).toEqual([2, 3])
  })

  it('ends by the ledger under a plain mergeMap, which does not see the end', () => {
    const made = rig(1, quick, 2)
    const work = manual()
    made.orders.pipe(mergeMap((p) => p.pipe(handle(work.handler, parallel), commit()))).subscribe()
    made.clock.advance(500)
    made.member().subscribe()
    made.clock.advance(5_000)
    expect(revoked(made)).toBeUndefined()
    work.finish(0, 1)
    made.clock.advance(500)
    expect(revoked(made)).toMatchObject({ partitions: [{ outcome: 'drained', committed: 2n }] })
  })

  it('ends by the deadline under a plain mergeMap, though the pipeline ended long ago', () => {
    const made = rig(1, { ...quick, 'drain.timeout.ms': 3_000 }, 2)
    made.orders.pipe(mergeMap((p) => p.pipe(ignoreElements()))).subscribe()
    made.clock.advance(500)
    made.member().subscribe()
    made.clock.advance(2_500)
    expect(revoked(made)).toBeUndefined()
    made.clock.advance(1_000)
    expect(revoked(made)).toMatchObject({ partitions: [{ outcome: 'timed out', repeated: 2 }] })
  })

  it('makes a batch in a flat merge emit what it holds, though nothing completes there', () => {
    const made = rig(2, quick, 4)
    const ended: string[] = []
    made.orders
      .pipe(mergeAll(), batch({ records: 100 }), commit())
      .subscribe({ complete: () => ended.push('complete') })
    made.clock.advance(5_000)
    expect(made.committed()).toEqual([null, null])
    made.member().subscribe()
    made.clock.advance(1_000)
    expect(made.committed()).toEqual([2n, 2n])
    expect(ended).toEqual([])
  })

  it('makes atMostOnce() in a flat merge emit what it holds: it is stored, passed on and released at once', () => {
    const made = rig(2, quick, 4)
    const seen: number[] = []
    made.orders
      .pipe(
        mergeAll(),
        atMostOnce({ every: 1_000, withinMs: 600_000 }),
        handle((record) => void seen.push(numberOf(record)))
      )
      .subscribe()
    made.clock.advance(1_000)
    expect(seen).toEqual([])
    made.member().subscribe()
    made.clock.advance(1_000)
    expect([[...seen].sort(), made.committed()]).toEqual([
      [0, 1, 2, 3],
      [2n, 2n]
    ])
    expect(revoked(made)).toMatchObject({ partitions: [{ outcome: 'drained' }, { outcome: 'drained' }] })
  })

  it('is not needed by an atMostOnce() that waits for more than the credit allows: it stores when the credit is used up', () => {
    const { clock, orders, events } = rig(1, { maxInFlight: 10, 'auto.commit.interval.ms': 600_000 }, 35)
    const seen: number[] = []
    orders
      .pipe(eachPartition((p) => p.pipe(atMostOnce({ every: 1_000, withinMs: 600_000 }))))
      .subscribe((record) => seen.push(numberOf(record)))
    clock.advance(5_000)
    expect([seen.length, events]).toEqual([30, []])
  })

  it('is not needed by a batch that cannot fill up without credit: it is flushed when the credit is used up', () => {
    const { clock, orders, events } = rig(1, { maxInFlight: 10 }, 35)
    const sizes: number[] = []
    orders
      .pipe(
        mergeAll(),
        batch({ records: 5_000 }),
        tap((list) => sizes.push(list.value.length)),
        commit()
      )
      .subscribe()
    clock.advance(5_000)
    expect([sizes, events]).toEqual([[10, 10, 10], []])
  })

  it('does not wait for a pipeline that has ended early', () => {
    const made = rig(1, quick, 2)
    made.orders.pipe(eachPartition(() => EMPTY)).subscribe()
    made.clock.advance(500)
    made.member().subscribe()
    made.clock.advance(500)
    expect(revoked(made)).toMatchObject({ partitions: [{ outcome: 'not subscribed' }] })
  })
})

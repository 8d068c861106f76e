import { catchError, EMPTY, type Observable, Subject, take, takeUntil, tap, throwError } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { ack, commit, type ConsumerRecord, eachPartition, handle } from '../../../src/index.js'
import { manual, numberOf } from '../../support/handlers.js'
import { group, rig } from '../../support/rig.js'
import { late, expectGone, outcomeOf, never } from '../../support/life-cycles.js'
import { eachUnacknowledged } from '../../support/unacknowledged.js'

describe('a pipeline’s error under eachPartition', () => {
  it('stops the consumer: the others drain and commit, the group is left, and then it is the consumer’s error', () => {
    const made = rig(3, {}, 6)
    const work = manual()
    const trace: string[] = []
    made.orders.commits.subscribe(({ _tag }) => trace.push(_tag))
    made.orders.pipe(eachPartition((p) => p.pipe(handle(work.handler), commit(late)))).subscribe({
      error: (error: unknown) =>
        trace.push(
          `error, ${String(made.cluster.describeGroup(group).members.length)} members: ${(error as Error).message}`
        )
    })
    made.clock.advance(500)
    work.fail(0)
    made.clock.advance(500)
    expect(trace).toEqual([])
    work.finish(1)
    made.clock.advance(100)
    work.finish(2)
    made.clock.advance(100)
    work.finish(4)
    made.clock.advance(100)
    work.finish(5)
    made.clock.advance(500)
    expect(trace.slice(0, -1).every((entry) => entry === 'stored')).toBe(true)
    expect(trace.at(-1)).toMatch(/^error, 0 members: .*boom/)
    expect(made.committed()).toEqual([null, 2n, 2n])
    expectGone(made)
  })

  it('counts a project that throws, and an error of rxjs, for the same', () => {
    const projects: readonly (() => Observable<never>)[] = [
      () => {
        throw new Error('project')
      },
      () => throwError(() => new Error('project'))
    ]
    for (const project of projects) {
      const made = rig(1, {}, 1)
      const errors: unknown[] = []
      made.orders
        .pipe(eachPartition(project))
        .subscribe({ error: (error: unknown) => errors.push((error as Error).message) })
      made.clock.advance(5_000)
      expect(errors).toEqual(['project'])
      expectGone(made)
    }
  })

  it('under { restart } re-subscribes that partition alone, from its first unsettled offset, after the backoff', () => {
    const made = rig(2, {}, 8)
    const times: number[] = []
    const seen: number[][] = [[], []]
    let projects = 0
    const ended: string[] = []
    made.orders
      .pipe(
        eachPartition(
          (p) => {
            projects++
            return p.pipe(
              handle((record) => {
                seen[p.partition]?.push(numberOf(record))
                if (numberOf(record) !== 4) return
                times.push(made.clock.now())
                if (times.length < 3) throw new Error('boom')
              }),
              commit({ every: 1 }),
              tap({ complete: () => ended.push(`complete ${String(p.partition)}`) })
            )
          },
          { onError: { restart: { _tag: 'Backoff', delayMs: (failures) => failures * 1_000 } } }
        )
      )
      .subscribe({ error: () => ended.push('error') })
    made.clock.advance(60_000)
    expect(seen).toEqual([
      [0, 2, 4, 4, 4, 6],
      [1, 3, 5, 7]
    ])
    expect([projects, made.committed(), ended]).toEqual([4, [4n, 4n], []])
    expect(times.slice(1).map((time, index) => Math.floor((time - (times[index] ?? 0)) / 1_000))).toEqual([1, 2])
    expect(made.rebalances.map(({ _tag }) => _tag)).toEqual(['assigned'])
  })

  it('is not restarted once the partition is drained', async () => {
    const made = rig(1, {}, 1)
    let projects = 0
    made.orders
      .pipe(
        eachUnacknowledged(
          (p) => (
            projects++,
            p.pipe(
              handle(() => {
                throw new Error('boom')
              })
            )
          ),
          { onError: { restart: { _tag: 'Backoff', delayMs: () => 10_000 } } }
        )
      )
      .subscribe()
    made.clock.advance(1_000)
    const drained = made.orders.drain({ timeoutMs: 60_000 })
    made.clock.advance(60_000)
    expect(await outcomeOf(drained)).toMatchObject({ partitions: [{ repeated: 1, committed: null }] })
    expect(projects).toBe(1)
    expectGone(made)
  })

  it('that comes during a drain is the consumer’s error as well, after the others have drained', async () => {
    const made = rig(2, {}, 2)
    const work = manual()
    const ended: string[] = []
    made.orders.pipe(eachPartition((p) => p.pipe(handle(work.handler), commit()))).subscribe({
      error: (error: unknown) => ended.push((error as Error).message),
      complete: () => ended.push('complete')
    })
    made.clock.advance(500)
    const drained = made.orders.drain()
    work.fail(0)
    made.clock.advance(500)
    expect(ended).toEqual([])
    work.finish(1)
    made.clock.advance(500)
    expect(ended).toEqual([expect.stringContaining('boom')])
    expect(await outcomeOf(drained)).toMatchObject({
      outcome: 'aborted',
      partitions: [
        { outcome: 'failed', repeated: 1 },
        { outcome: 'drained', committed: 1n }
      ]
    })
    expectGone(made)
  })

  it('is not hidden by an outer stream that has ended before: the output errors when the others have drained', () => {
    const made = rig(2, {}, 2)
    const work = manual()
    const stop = new Subject<void>()
    const ended: string[] = []
    made.orders
      .pipe(
        takeUntil(stop),
        eachPartition((p) => p.pipe(handle(work.handler), commit()))
      )
      .subscribe({
        error: (error: unknown) => ended.push((error as Error).message),
        complete: () => ended.push('complete')
      })
    made.clock.advance(500)
    stop.next()
    work.fail(0)
    made.clock.advance(500)
    expect(ended).toEqual([])
    work.finish(1)
    made.clock.advance(500)
    expect([ended, made.committed()]).toEqual([[expect.stringContaining('boom')], [null, 1n]])
    expectGone(made)
  })

  it('under { restart } does not stop the consumer when it comes during a revocation: the next assignment begins at the record', () => {
    const made = rig(1, { 'heartbeat.interval.ms': 100 }, 2)
    const work = manual()
    const ended: string[] = []
    made.orders
      .pipe(eachPartition((p) => p.pipe(handle(work.handler), commit({ every: 1 })), { onError: { restart: never } }))
      .subscribe({ error: () => ended.push('error'), complete: () => ended.push('complete') })
    made.clock.advance(500)
    const other = made.member().subscribe()
    made.clock.advance(300)
    work.fail(0)
    made.clock.advance(500)
    expect(made.rebalances.find(({ _tag }) => _tag === 'revoked')).toMatchObject({
      partitions: [{ outcome: 'failed', repeated: 2 }]
    })
    other.unsubscribe()
    made.clock.advance(2_000)
    expect([ended, work.running()]).toEqual([[], [0]])
    work.finish(0)
    work.finish(1)
    made.clock.advance(500)
    expect(made.committed()).toEqual([2n])
  })

  it('is not restarted during a drain, which does not wait for the backoff either', async () => {
    const made = rig(1, {}, 1)
    const work = manual()
    const ended: string[] = []
    made.orders
      .pipe(eachPartition((p) => p.pipe(handle(work.handler), commit()), { onError: { restart: never } }))
      .subscribe({ error: () => ended.push('error'), complete: () => ended.push('complete') })
    made.clock.advance(500)
    const drained = made.orders.drain({ timeoutMs: 600_000 })
    work.fail(0)
    made.clock.advance(500)
    expect(ended).toEqual(['complete'])
    expect(await outcomeOf(drained)).toMatchObject({ partitions: [{ outcome: 'failed', repeated: 1 }] })
    expectGone(made)
  })
})

describe('a pipeline that ends early', () => {
  it.each([
    [
      'because its error was caught away',
      (p: Observable<ConsumerRecord>) =>
        p.pipe(
          handle(() => {
            throw new Error('boom')
          }),
          commit(),
          catchError(() => EMPTY)
        )
    ],
    ['of itself', (p: Observable<ConsumerRecord>) => p.pipe(ack<ConsumerRecord>(), take(1))]
  ])('%s leaves its partition unread, with an event; the others continue', (_why, pipeline) => {
    const made = rig(2, { 'heartbeat.interval.ms': 100 }, 8)
    made.orders
      .pipe(eachPartition((p): Observable<unknown> => (p.partition === 0 ? pipeline(p) : p.pipe(commit({ every: 1 })))))
      .subscribe()
    made.clock.advance(1_000)
    expect(made.events).toMatchObject([{ _tag: 'pipeline ended', topic: 'orders', partition: 0 }])
    expect(made.orders.positions()).toMatchObject([{ standing: 'pipeline ended' }, { standing: 'no data' }])
    made.cluster.produce('orders', { partition: 0, value: '8' }, { partition: 1, value: '9' })
    made.clock.advance(30_000)
    expect(made.committed()[1]).toBe(5n)
    expect(made.orders.positions()[0]?.position).toBeLessThan(5n)
    expect(made.rebalances.map(({ _tag }) => _tag)).toEqual(['assigned'])
  })
})

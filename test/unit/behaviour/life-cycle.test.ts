import { NEVER, Subject, takeUntil, tap } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { commit, ConsumerError, type DrainReport, eachPartition, handle } from '../../../src/index.js'
import { manual, parallel } from '../../support/handlers.js'
import { rig, type Rig } from '../../support/rig.js'
import { late, expectGone, outcomeOf, started, working, hangs, flatMerge } from '../../support/life-cycles.js'

describe('unsubscribing from everything', () => {
  it.each([
    ['eachPartition', eachPartition],
    ['a plain mergeMap', flatMerge]
  ])('is like close(), under %s: signals abort, what is settled is stored, the group is left', (_name, flatten) => {
    const made = rig(1, {}, 3)
    const work = manual()
    let aborted = 0
    const subscription = made.orders
      .pipe(
        flatten((p) => {
          p.signal.addEventListener('abort', () => aborted++)
          return p.pipe(handle(work.handler, parallel), commit(late))
        })
      )
      .subscribe()
    made.clock.advance(500)
    work.finish(0)
    subscription.unsubscribe()
    made.clock.advance(5_000)
    expect([aborted, made.committed()]).toEqual([1, [1n]])
    expectGone(made)
  })

  it('is as close() though drain() is called in the same turn: nobody is left to finish anything', async () => {
    const made = rig(1, {}, 2)
    const subscription = made.orders.pipe(eachPartition(working(hangs))).subscribe()
    made.clock.advance(500)
    subscription.unsubscribe()
    const drained = made.orders.drain()
    made.clock.advance(500)
    expect(await outcomeOf(drained)).toMatchObject({ outcome: 'aborted', partitions: [{ repeated: 2 }] })
    expectGone(made)
  })
})

describe('the outer stream that ends first', () => {
  it('drains: the partition streams complete one turn later, and the work is finished and committed', () => {
    const made = rig(2, {}, 4)
    const work = manual()
    const stop = new Subject<void>()
    const trace: string[] = []
    made.orders
      .pipe(
        takeUntil(stop),
        eachPartition((p) =>
          p.pipe(
            tap({ complete: () => trace.push(`end of ${String(p.partition)}`) }),
            handle(work.handler, parallel),
            commit()
          )
        )
      )
      .subscribe({ complete: () => trace.push('complete') })
    made.clock.advance(500)
    stop.next()
    expect(trace).toEqual([])
    made.clock.advance(0)
    expect(trace).toEqual(['end of 0', 'end of 1'])
    made.clock.advance(10_000)
    work.finish(0, 1, 2, 3)
    made.clock.advance(500)
    expect([trace.slice(2), made.committed()]).toEqual([['complete'], [2n, 2n]])
    expectGone(made)
  })

  it('drains no less when drain() is called in the same turn, and as long as that says', async () => {
    const made = rig(1, {}, 2)
    const work = manual()
    const stop = new Subject<void>()
    made.orders
      .pipe(
        takeUntil(stop),
        eachPartition((p) => p.pipe(handle(work.handler, parallel), commit()))
      )
      .subscribe()
    made.clock.advance(500)
    stop.next()
    const drained = made.orders.drain({ timeoutMs: 600_000 })
    made.clock.advance(60_000)
    expect(await outcomeOf(drained)).toBe('pending')
    work.finish(0, 1)
    made.clock.advance(500)
    expect(await outcomeOf(drained)).toMatchObject({ outcome: 'drained', partitions: [{ committed: 2n }] })
  })
})

describe('drain()', () => {
  it('stops the intake, completes, settles, commits, leaves, and reports each partition', async () => {
    const made = rig(3, { maxInFlight: 1 }, 6)
    const work = manual()
    const trace: string[] = []
    made.orders.commits.subscribe(({ _tag }) => trace.push(_tag))
    made.orders
      .pipe(
        eachPartition((p) =>
          p.pipe(
            tap({ complete: () => trace.push('stream completes') }),
            p.partition === 2 ? handle(() => NEVER) : handle(work.handler),
            commit(late)
          )
        )
      )
      .subscribe({ complete: () => trace.push('consumer completes') })
    made.clock.advance(500)
    const drained = made.orders.drain({ timeoutMs: 5_000 })
    made.clock.advance(500)
    expect(trace).toEqual(['stream completes', 'stream completes', 'stream completes'])
    work.finish(0, 1)
    made.clock.advance(500)
    expect(work.running()).toEqual([])
    made.clock.advance(10_000)
    expect(new Set(trace.slice(3, -1))).toEqual(new Set(['stored']))
    expect(trace.at(-1)).toBe('consumer completes')
    const report = await drained
    expect(report.outcome).toBe('deadline')
    expect([...report.partitions].sort((a, b) => a.partition - b.partition)).toEqual([
      { topic: 'orders', partition: 0, outcome: 'drained', committed: 1n, repeated: 0 },
      { topic: 'orders', partition: 1, outcome: 'drained', committed: 1n, repeated: 0 },
      { topic: 'orders', partition: 2, outcome: 'timed out', committed: null, repeated: 1 }
    ])
    expectGone(made)
  })

  it('is idempotent: every call resolves with the same report', async () => {
    const made = rig(1, {}, 2)
    made.orders.pipe(eachPartition((p) => p.pipe(commit()))).subscribe()
    made.clock.advance(500)
    const calls = [made.orders.drain(), made.orders.drain({ timeoutMs: 1 })]
    made.clock.advance(500)
    calls.push(made.orders.drain())
    const [first, second, third] = await Promise.all(calls)
    expect(first).toMatchObject({ outcome: 'drained', partitions: [{ committed: 2n }] })
    expect(second).toEqual(first)
    expect(third?.outcome).toBe('drained')
  })

  const hard: readonly (readonly [string, (made: Rig) => void, DrainReport['outcome']])[] = [
    ['before anything was subscribed', () => undefined, 'drained'],
    [
      'while nothing can be committed',
      (made) => {
        started(made)
        made.cluster.failNext('OffsetCommit', 'disconnect', 999)
      },
      'deadline'
    ],
    [
      'while the cluster cannot be reached',
      (made) => {
        made.cluster.failNext('Metadata', 'disconnect', 999)
        started(made)
      },
      'drained'
    ],
    [
      'after a fatal fault',
      (made) => {
        made.cluster.failNext('JoinGroup', 30)
        started(made)
      },
      'drained'
    ],
    [
      'while the member is fenced',
      (made) => {
        started(made, hangs)
        made.cluster.failNext('Heartbeat', 82)
      },
      'aborted'
    ]
  ]
  it.each(hard)('never rejects: %s', async (_when, prepare, outcome) => {
    const made = rig(1, {}, 2)
    prepare(made)
    const drained = made.orders.drain({ timeoutMs: 5_000 })
    made.clock.advance(20_000)
    expect(await outcomeOf(drained)).toMatchObject({ outcome })
    expect(made.clock.pending).toBe(0)
  })

  it('does not hide a fault that ends the consumer meanwhile: it reports what was lost, then why, then errors', async () => {
    const made = rig(1, { 'heartbeat.interval.ms': 100 }, 1)
    const trace: string[] = []
    made.orders.rebalances.subscribe(({ _tag }) => trace.push(_tag))
    made.orders.events.subscribe(({ _tag }) => trace.push(_tag))
    const pipeline = working(hangs)
    made.orders.pipe(eachPartition(pipeline)).subscribe({
      error: (error: unknown) => trace.push(error instanceof ConsumerError ? error.fault._tag : 'other'),
      complete: () => trace.push('complete')
    })
    made.clock.advance(500)
    const drained = made.orders.drain()
    made.cluster.failNext('Heartbeat', 82)
    made.clock.advance(500)
    expect(trace).toEqual(['assigned', 'revoking', 'lost', 'fenced', 'stopped', 'FencedFault'])
    expect(await outcomeOf(drained)).toMatchObject({
      outcome: 'aborted',
      partitions: [{ outcome: 'aborted', repeated: 1 }]
    })
  })

  it('is what Symbol.asyncDispose calls', async () => {
    const made = rig(1, {}, 2)
    const work = manual()
    made.orders.pipe(eachPartition((p) => p.pipe(handle(work.handler, parallel), commit()))).subscribe()
    made.clock.advance(500)
    const disposed = made.orders[Symbol.asyncDispose]()
    made.clock.advance(500)
    expect(await outcomeOf(disposed)).toBe('pending')
    work.finish(0, 1)
    made.clock.advance(500)
    expect(await outcomeOf(disposed)).toBeUndefined()
    expect(made.committed()).toEqual([2n])
    expectGone(made)
  })
})

describe('the end of a consumer', () => {
  it.each(['drain', 'close'] as const)('reports what it releases as a rebalance does (%s)', (end) => {
    const made = rig(1, {}, 3)
    const trace: unknown[] = []
    made.orders.rebalances.subscribe((event) => trace.push(event))
    made.orders
      .pipe(
        eachPartition((p) =>
          p.pipe(
            handle(() => undefined),
            commit(late)
          )
        )
      )
      .subscribe({
        complete: () => trace.push('complete')
      })
    made.clock.advance(500)
    trace.length = 0
    void made.orders[end]()
    made.clock.advance(500)
    const place = { topic: 'orders', partition: 0 }
    expect(trace).toMatchObject([
      { _tag: 'revoking', generation: 1, partitions: [place] },
      { _tag: 'revoked', generation: 1, partitions: [{ ...place, outcome: 'drained', committed: 3n, repeated: 0 }] },
      'complete'
    ])
  })
})

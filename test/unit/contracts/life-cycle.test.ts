import { catchError, EMPTY, mergeMap, NEVER, type Observable, Subject, take, takeUntil, tap, throwError } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { ack, batch, commit, ConsumerError, type ConsumerRecord, deadLetter, type DrainReport, eachPartition, exponential, handle, type HandleOptions, writeTo } from '../../../src/index.js' // prettier-ignore
import { manual, numberOf, parallel } from '../../support/handlers.js'
import { group, rig, type Rig } from '../../support/rig.js'

const late = { every: 1_000_000, withinMs: 10_000_000 } as const

/** Neither a timer nor a member is left behind. */
const expectGone = ({ clock, cluster }: Rig): void => {
  expect(cluster.describeGroup(group).members).toEqual([])
  expect(clock.pending).toBe(0)
}

/** What became of a promise by now, without waiting for it. */
const outcomeOf = async <A>(promise: PromiseLike<A>): Promise<A | 'pending'> =>
  Promise.race([promise, Promise.resolve().then(() => Promise.resolve('pending' as const))])

/** Subscribed to, with a pipeline of one handler, for half a second. */
const started = ({ orders, clock }: Rig, ...steps: Parameters<typeof working>): void => {
  orders.pipe(eachPartition(working(...steps))).subscribe({ error: () => undefined })
  clock.advance(500)
}
const working =
  (work: (record: ConsumerRecord) => unknown = () => undefined, options: HandleOptions<ConsumerRecord> = {}) =>
  (p: Observable<ConsumerRecord>): Observable<unknown> =>
    p.pipe(handle(work, options), commit(late))
const hangs = (): Observable<never> => NEVER
const fails = (): never => {
  throw new Error('boom')
}
const never = exponential({ initialMs: 60_000, maxMs: 60_000 })
/** `mergeMap` with the arguments of `eachPartition`. */
const flatMerge: typeof eachPartition = (project) => mergeMap((p) => project(p))

describe('unsubscribing from everything', () => {
  it.each([
    ['eachPartition', eachPartition],
    ['a plain mergeMap', flatMerge]
  ])('is as close(), under %s: signals abort, what is settled is stored, the group is left', (_name, flatten) => {
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
        eachPartition((p) => p.pipe(tap({ complete: () => trace.push(`end of ${String(p.partition)}`) }), handle(work.handler, parallel), commit())) // prettier-ignore
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
    made.orders.pipe(takeUntil(stop), eachPartition((p) => p.pipe(handle(work.handler, parallel), commit()))).subscribe() // prettier-ignore
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
      ) // prettier-ignore
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
    ['while nothing can be committed', (made) => { started(made); made.cluster.failNext('OffsetCommit', 'disconnect', 999) }, 'deadline'], // prettier-ignore
    ['while the cluster cannot be reached', (made) => { made.cluster.failNext('Metadata', 'disconnect', 999); started(made) }, 'drained'], // prettier-ignore
    [
      'after a fatal fault',
      (made) => {
        made.cluster.failNext('JoinGroup', 30)
        started(made)
      },
      'drained'
    ],
    ['while the member is fenced', (made) => { started(made, hangs); made.cluster.failNext('Heartbeat', 82) }, 'aborted'] // prettier-ignore
  ]
  it.each(hard)('never rejects: %s', async (_when, prepare, outcome) => {
    const made = rig(1, {}, 2)
    prepare(made)
    const drained = made.orders.drain({ timeoutMs: 5_000 })
    made.clock.advance(20_000)
    expect(await outcomeOf(drained)).toMatchObject({ outcome })
    expect(made.clock.pending).toBe(0)
  })

  it('hides no fault that ends the consumer meanwhile: what was lost is told, then why, then it errors', async () => {
    const made = rig(1, { 'heartbeat.interval.ms': 100 }, 1)
    const trace: string[] = []
    made.orders.rebalances.subscribe(({ _tag }) => trace.push(_tag))
    made.orders.events.subscribe(({ _tag }) => trace.push(_tag))
    const pipeline = working(hangs)
    made.orders.pipe(eachPartition(pipeline)).subscribe({ error: (error: unknown) => trace.push(error instanceof ConsumerError ? error.fault._tag : 'other'), complete: () => trace.push('complete') }) // prettier-ignore
    made.clock.advance(500)
    const drained = made.orders.drain()
    made.cluster.failNext('Heartbeat', 82)
    made.clock.advance(500)
    expect(trace).toEqual(['assigned', 'revoking', 'lost', 'fenced', 'FencedFault'])
    expect(await outcomeOf(drained)).toMatchObject({ outcome: 'aborted', partitions: [{ outcome: 'aborted', repeated: 1 }] }) // prettier-ignore
  })

  it('is what Symbol.asyncDispose does', async () => {
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
  it.each(['drain', 'close'] as const)('tells of what it gives up as a rebalance does (%s)', (end) => {
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

describe('close()', () => {
  it('aborts the signals, stores what is settled, leaves, and the Observable completes', async () => {
    const made = rig(2, {}, 6)
    const work = manual()
    const trace: string[] = []
    made.orders
      .pipe(
        eachPartition((p) => {
          p.signal.addEventListener('abort', () => trace.push(`abort ${String(p.partition)}`))
          return p.pipe(handle(work.handler, parallel), commit(late))
        })
      )
      .subscribe({ complete: () => trace.push('complete') })
    made.clock.advance(500)
    work.finish(0, 2, 3)
    const closed = made.orders.close()
    expect(trace).toEqual(['abort 0', 'abort 1'])
    made.clock.advance(100)
    expect(await outcomeOf(closed)).toBeUndefined()
    expect([trace.at(-1), made.committed()]).toEqual(['complete', [2n, null]])
    expectGone(made)
  })

  it('begins nothing new: what is collected is not flushed into a sink', () => {
    for (const flatten of [eachPartition, flatMerge]) {
      const made = rig(1, {}, 3)
      const written: number[] = []
      made.orders
        .pipe(
          flatten((p) =>
            p.pipe(
              batch({ records: 100 }),
              writeTo((list) => void written.push(list.value.length)),
              commit()
            )
          )
        )
        .subscribe()
      made.clock.advance(500)
      void made.orders.close()
      made.clock.advance(5_000)
      expect([written, made.committed()]).toEqual([[], [null]])
      expectGone(made)
    }
  })

  it('is bounded: it waits no longer than some seconds for a commit that cannot be stored', async () => {
    const made = rig(1, {}, 2)
    started(made)
    made.cluster.failNext('OffsetCommit', 'disconnect', 1_000)
    const closed = made.orders.close()
    made.clock.advance(5_100)
    expect(await outcomeOf(closed)).toBeUndefined()
    expectGone(made)
  })

  it('overtakes a drain, which resolves with what it came to', async () => {
    const made = rig(1, {}, 2)
    const completed: string[] = []
    made.orders
      .pipe(
        eachPartition((p) =>
          p.pipe(
            handle((record) => (numberOf(record) === 0 ? undefined : NEVER), parallel),
            commit(late)
          )
        )
      )
      .subscribe({ complete: () => completed.push('complete') })
    made.clock.advance(500)
    const drained = made.orders.drain({ timeoutMs: 600_000 })
    made.clock.advance(500)
    const closed = made.orders.close()
    made.clock.advance(100)
    expect(await outcomeOf(drained)).toMatchObject({ outcome: 'aborted', partitions: [{ outcome: 'aborted', committed: 1n, repeated: 1 }] }) // prettier-ignore
    expect(await outcomeOf(closed)).toBeUndefined()
    expect(completed).toEqual(['complete'])
    expectGone(made)
  })

  const down = ['Metadata', 'JoinGroup', 'SyncGroup', 'Heartbeat', 'LeaveGroup', 'OffsetCommit', 'OffsetFetch', 'ListOffsets', 'Fetch'] as const // prettier-ignore
  const states: readonly (readonly [string, (made: Rig) => void])[] = [
    ['it was never subscribed to', () => undefined],
    ['it has just been subscribed to', ({ orders }) => void orders.subscribe()],
    [
      'it looks for the cluster',
      (made) => {
        made.cluster.failNext('Metadata', 'disconnect', 99)
        started(made)
      }
    ],
    [
      'it cannot join yet',
      (made) => {
        made.cluster.failNext('JoinGroup', 15, 99)
        started(made)
      }
    ],
    [
      'it waits for the group to sync',
      (made) => {
        made.cluster.failNext('SyncGroup', 27, 99)
        started(made)
      }
    ],
    [
      'it does not know where to begin',
      (made) => {
        made.cluster.failNext('OffsetFetch', 14, 99)
        started(made)
      }
    ],
    [
      'it is idle',
      (made) => {
        started(made)
        made.clock.advance(60_000)
      }
    ],
    [
      'a handler hangs',
      (made) => {
        started(made, hangs)
      }
    ],
    [
      'a handler is to be tried again',
      (made) => {
        started(made, fails, { retry: { attempts: 99, backoff: never } })
      }
    ],
    [
      'a dead letter cannot be written',
      (made) => {
        made.cluster.createTopic('dead', 1)
        made.cluster.failNext('Produce', 'disconnect', 999)
        started(made, fails, { onFailure: deadLetter(made.cluster, { topic: 'dead' }) })
      }
    ],
    [
      'a failed pipeline is to be restarted',
      ({ orders, clock }) => {
        orders.pipe(eachPartition(working(fails), { onError: { restart: never } })).subscribe()
        clock.advance(500)
      }
    ],
    [
      'a revocation drains',
      (made) => {
        started(made, hangs)
        made.member().subscribe().unsubscribe()
        made.clock.advance(200)
      }
    ],
    [
      'the cluster is gone',
      (made) => {
        started(made, hangs)
        for (const api of down) made.cluster.failNext(api, 'disconnect', 999)
        made.clock.advance(5_000)
      }
    ],
    [
      'it is closed already',
      (made) => {
        started(made)
        void made.orders.close()
        made.clock.advance(500)
      }
    ],
    [
      'it has failed',
      (made) => {
        made.cluster.failNext('JoinGroup', 30)
        started(made)
      }
    ]
  ]
  it.each(states)('ends when %s', async (_state, prepare) => {
    const made = rig(1, { 'heartbeat.interval.ms': 100 }, 2)
    prepare(made)
    const closed = made.orders.close()
    made.clock.advance(11_000)
    expect(await outcomeOf(closed)).toBeUndefined()
    expect(made.clock.pending).toBe(0)
  })
})

describe('a pipeline’s error under eachPartition', () => {
  it('stops the consumer: the others drain and commit, the group is left, and then it is the consumer’s error', () => {
    const made = rig(3, {}, 6)
    const work = manual()
    const trace: string[] = []
    made.orders.commits.subscribe(({ _tag }) => trace.push(_tag))
    made.orders
      .pipe(eachPartition((p) => p.pipe(handle(work.handler), commit(late))))
      .subscribe({ error: (error: unknown) => trace.push(`error, ${String(made.cluster.describeGroup(group).members.length)} members: ${(error as Error).message}`) }) // prettier-ignore
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
      made.orders.pipe(eachPartition(project)).subscribe({ error: (error: unknown) => errors.push((error as Error).message) }) // prettier-ignore
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
    expect(seen).toEqual([[0, 2, 4, 4, 4, 6], [1, 3, 5, 7]]) // prettier-ignore
    expect([projects, made.committed(), ended]).toEqual([4, [4n, 4n], []])
    expect(times.slice(1).map((time, index) => Math.floor((time - (times[index] ?? 0)) / 1_000))).toEqual([1, 2])
    expect(made.rebalances.map(({ _tag }) => _tag)).toEqual(['assigned'])
  })

  it('is not restarted any more once the partition is drained', async () => {
    const made = rig(1, {}, 1)
    let projects = 0
    made.orders.pipe(eachPartition((p) => (projects++, p.pipe(handle(() => { throw new Error('boom') }))), { onError: { restart: { _tag: 'Backoff', delayMs: () => 10_000 } } })).subscribe() // prettier-ignore
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
    made.orders.pipe(eachPartition((p) => p.pipe(handle(work.handler), commit()))).subscribe({ error: (error: unknown) => ended.push((error as Error).message), complete: () => ended.push('complete') }) // prettier-ignore
    made.clock.advance(500)
    const drained = made.orders.drain()
    work.fail(0)
    made.clock.advance(500)
    expect(ended).toEqual([])
    work.finish(1)
    made.clock.advance(500)
    expect(ended).toEqual([expect.stringContaining('boom')])
    expect(await outcomeOf(drained)).toMatchObject({ outcome: 'aborted', partitions: [{ outcome: 'failed', repeated: 1 }, { outcome: 'drained', committed: 1n }] }) // prettier-ignore
    expectGone(made)
  })

  it('is not hidden by an outer stream that has ended before: the output errors when the others are done', () => {
    const made = rig(2, {}, 2)
    const work = manual()
    const stop = new Subject<void>()
    const ended: string[] = []
    made.orders.pipe(takeUntil(stop), eachPartition((p) => p.pipe(handle(work.handler), commit()))).subscribe({ error: (error: unknown) => ended.push((error as Error).message), complete: () => ended.push('complete') }) // prettier-ignore
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

  it('under { restart } stops nobody when it comes during a revocation: the next assignment begins at the record', () => {
    const made = rig(1, { 'heartbeat.interval.ms': 100 }, 2)
    const work = manual()
    const ended: string[] = []
    made.orders.pipe(eachPartition((p) => p.pipe(handle(work.handler), commit({ every: 1 })), { onError: { restart: never } })).subscribe({ error: () => ended.push('error'), complete: () => ended.push('complete') }) // prettier-ignore
    made.clock.advance(500)
    const other = made.member().subscribe()
    made.clock.advance(300)
    work.fail(0)
    made.clock.advance(500)
    expect(made.rebalances.find(({ _tag }) => _tag === 'revoked')).toMatchObject({ partitions: [{ outcome: 'failed', repeated: 2 }] }) // prettier-ignore
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
    made.orders.pipe(eachPartition((p) => p.pipe(handle(work.handler), commit()), { onError: { restart: never } })).subscribe({ error: () => ended.push('error'), complete: () => ended.push('complete') }) // prettier-ignore
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
    ['because its error was caught away', (p: Observable<ConsumerRecord>) => p.pipe(handle(() => { throw new Error('boom') }), commit(), catchError(() => EMPTY))], // prettier-ignore
    ['of itself', (p: Observable<ConsumerRecord>) => p.pipe(ack<ConsumerRecord>(), take(1))] // prettier-ignore
  ])('%s leaves its partition standing, with an event; the others go on', (_why, pipeline) => {
    const made = rig(2, { 'heartbeat.interval.ms': 100 }, 8)
    made.orders.pipe(eachPartition((p): Observable<unknown> => (p.partition === 0 ? pipeline(p) : p.pipe(commit({ every: 1 }))))).subscribe() // prettier-ignore
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

import { isLeft, left, right } from 'fp-ts/lib/Either.js'
import { map, mergeMap, Observable, of, takeUntil, timer, VirtualTimeScheduler } from 'rxjs'
import { TestScheduler } from 'rxjs/testing'
import { describe, expect, it } from 'vitest'
import { mailbox } from '../../../src/core/group/mailbox.js'
import { realClock } from '../../../src/internal/real-clock.js'
import {
  type Cluster,
  commit,
  consumer,
  type ConsumerRecord,
  eachPartition,
  handle,
  produceTo,
  subscribe
} from '../../../src/index.js'
import { memoryCluster } from '../../../src/testing.js'
import { numberOf } from '../../support/handlers.js'
import { rig } from '../../support/rig.js'
import { eachUnacknowledged } from '../../support/unacknowledged.js'

const config = { 'group.id': 'g', 'auto.offset.reset': 'earliest', subscription: subscribe('orders') } as const

describe('virtual time', () => {
  it('of TestScheduler.run drives a whole life cycle: join, work, commit, drain, leave', () => {
    new TestScheduler((actual, expected) => {
      expect(actual).toEqual(expected)
    }).run(({ cold, expectObservable, flush }) => {
      const scheduler = (cold('|') as unknown as { readonly scheduler: TestScheduler }).scheduler
      const cluster = memoryCluster({ topics: { orders: 1 }, time: scheduler })
      cluster.produce('orders', { value: 'a' }, { value: 'b' })
      const orders = consumer(cluster, config)
      const values = orders.pipe(
        takeUntil(timer(1_000)),
        eachPartition((p) =>
          p.pipe(
            handle((record) =>
              of(new TextDecoder().decode(record.value ?? undefined)).pipe(
                mergeMap((text) => timer(50).pipe(map(() => text)))
              )
            ),
            commit({ every: 1 }),
            map(({ offset }) => String(offset))
          )
        )
      )
      expectObservable(values).toBe('50ms 1 49ms 2 899ms |')
      flush()
      expect(cluster.committed('g', { topic: 'orders', partition: 0 })).toBe(2n)
      expect(cluster.describeGroup('g').members).toEqual([])
    })
  })

  it('needs no microtask: one synchronous run takes two members through a rebalance and dead letters', () => {
    const { clock, cluster, orders, member, committed } = rig(2, { 'heartbeat.interval.ms': 100 }, 100)
    cluster.createTopic('copy', 1)
    const pipeline = eachPartition<unknown>((p) => p.pipe(produceTo(cluster, { topic: 'copy' }), commit({ every: 10 })))
    let microtasks = 0
    void Promise.resolve().then(() => microtasks++)
    orders.pipe(pipeline).subscribe()
    clock.advance(300)
    member().pipe(pipeline).subscribe()
    clock.advance(60_000)
    expect([committed(), cluster.logEnd({ topic: 'copy', partition: 0 })]).toEqual([[50n, 50n], 100n])
    expect(microtasks).toBe(0)
  })

  it('leaves nothing scheduled behind: before the first subscription, and after the last has left', () => {
    const { clock, orders } = rig(3, {}, 30)
    expect(clock.pending).toBe(0)
    const subscription = orders.pipe(eachPartition((p) => p.pipe(commit()))).subscribe()
    clock.advance(5_000)
    subscription.unsubscribe()
    clock.advance(1_000)
    expect(clock.pending).toBe(0)
  })

  it('has a timer only for what is pending: an idle consumer with nothing to commit arms the same few for ever', () => {
    const { clock, orders } = rig(3, {}, 30)
    orders.pipe(eachPartition((p) => p.pipe(commit()))).subscribe()
    clock.advance(130_000)
    const idle = clock.pending
    // Heartbeat, session, long poll, metadata: none for commits, ages, starvation or flushes.
    expect(idle).toBeLessThanOrEqual(6)
    clock.advance(3_600_000)
    expect(clock.pending).toBeLessThanOrEqual(idle)
  })
})

describe('a Step', () => {
  /** Asks the embedded cluster, but answers within the call where the cluster would answer a turn later. */
  const atOnce = (cluster: Cluster): Cluster => ({
    ...cluster,
    openConsumer: (settings, handlers) => {
      const session = cluster.openConsumer(settings, handlers)
      const stored = new Map<number, bigint>()
      return {
        committed: (partitions) =>
          of(right(partitions.map((place) => ({ ...place, offset: null, leaderEpoch: -1, metadata: '' })))),
        listOffsets: (queries) =>
          of(right(queries.map(({ topic, partition }) => ({ topic, partition, offset: 0n, leaderEpoch: -1 })))),
        commit: (offsets) =>
          of(
            right(
              offsets.map(({ topic, partition, offset }) => {
                expect(offset > (stored.get(partition) ?? 0n)).toBe(true)
                stored.set(partition, offset)
                return { topic, partition, offset, outcome: 'committed' as const, fault: null }
              })
            )
          ),
        fetchFrom: session.fetchFrom.bind(session),
        demand: session.demand.bind(session),
        delivered: session.delivered.bind(session),
        release: session.release.bind(session),
        suspend: session.suspend.bind(session),
        resume: session.resume.bind(session),
        isNew: session.isNew.bind(session),
        resubscribed: () => undefined,
        isRebalancing: false,
        member: null,
        troubleOf: session.troubleOf.bind(session),
        leave: (tellGroup) => session.leave(tellGroup)
      }
    }
  })

  it('may answer before subscribe returns: the state machines behave the same', () => {
    const { clock, cluster } = rig(2, {}, 40)
    const orders = consumer(atOnce(cluster), config)
    const seen: number[] = []
    const stored: string[] = []
    orders
      .pipe(
        eachPartition((p) =>
          p.pipe(
            handle((record) => void seen.push(numberOf(record))),
            commit({ every: 1 })
          )
        )
      )
      .subscribe(({ partition, offset }) => stored.push(`${String(partition)}@${String(offset)}`))
    clock.advance(1_000)
    expect(seen).toHaveLength(40)
    expect(stored).toHaveLength(40)
    expect(stored.slice(-1)).toEqual(['1@20'])
    void orders.drain()
    clock.advance(1_000)
    expect(clock.pending).toBe(0)
  })

  it('emits one value and completes, and never errors: for every request of a session, also when it is closed', () => {
    const { clock, cluster } = rig(1, {}, 1)
    const opened: ReturnType<Cluster['openConsumer']>[] = []
    const watched: Cluster = {
      ...cluster,
      openConsumer: (settings, handlers) => {
        const session = cluster.openConsumer(settings, handlers)
        opened.push(session)
        return session
      }
    }
    const orders = consumer(watched, config)
    orders.pipe(eachUnacknowledged((p) => p)).subscribe()
    clock.advance(500)
    const [session] = opened
    if (session === undefined) throw new Error('no session was opened')
    const place = { topic: 'orders', partition: 0 }
    const steps: readonly (() => Observable<unknown>)[] = [
      () => session.committed([place]),
      () => session.listOffsets([{ ...place, at: 'latest' }]),
      () => session.commit([{ ...place, offset: 1n, leaderEpoch: -1, metadata: '' }])
    ]
    const told = steps.map((step) => {
      const trace: string[] = []
      step().subscribe({
        next: () => trace.push('value'),
        error: () => trace.push('error'),
        complete: () => trace.push('complete')
      })
      return trace
    })
    clock.advance(500)
    void orders.close()
    clock.advance(500)
    const closed = steps.map((step) => {
      const trace: unknown[] = []
      step().subscribe({ next: (answer) => trace.push(answer), complete: () => trace.push('complete') })
      return trace
    })
    expect(told).toEqual(steps.map(() => ['value', 'complete']))
    expect(closed).toEqual(steps.map(() => [left({ _tag: 'ClosedFault', what: 'the consumer' }), 'complete']))
    expect(closed.every(([answer]) => isLeft(answer as ReturnType<typeof left>))).toBe(true)
  })
})

describe('the mailbox', () => {
  it('runs what is posted at once if it is idle, and to its end', () => {
    const trace: string[] = []
    const post = mailbox((event: string) => trace.push(event))
    post('a')
    trace.push('after a')
    post('b')
    expect(trace).toEqual(['a', 'after a', 'b'])
  })

  it('queues what is posted meanwhile, and never nests', () => {
    const trace: string[] = []
    const post = mailbox((event: number) => {
      trace.push(`${String(event)} begins`)
      if (event < 3) post(event + 1)
      trace.push(`${String(event)} ends`)
    })
    post(1)
    expect(trace).toEqual(['1 begins', '1 ends', '2 begins', '2 ends', '3 begins', '3 ends'])
  })

  it('takes a hundred thousand that each post the next without a stack overflow', () => {
    let handled = 0
    const post = mailbox((left: number) => {
      handled++
      if (left > 0) post(left - 1)
    })
    post(100_000)
    expect(handled).toBe(100_001)
  })

  it('still works after a handler that threw', () => {
    const trace: number[] = []
    const post = mailbox((event: number) => {
      if (event === 1) throw new Error('boom')
      trace.push(event)
    })
    expect(() => {
      post(1)
    }).toThrow('boom')
    post(2)
    expect(trace).toEqual([2])
  })
})

describe('a turn', () => {
  it('is an action of the same frame under a virtual scheduler', () => {
    const scheduler = new VirtualTimeScheduler()
    const { clock } = memoryCluster({ time: scheduler })
    const trace: string[] = []
    clock.turn(() => trace.push(`turn at ${String(clock.now())}`))
    clock.schedule(0, () => trace.push(`timer at ${String(clock.now())}`))
    trace.push('scheduled')
    scheduler.flush()
    expect(trace).toEqual(['scheduled', 'turn at 0', 'timer at 0'])
  })

  it('can be withdrawn, and runs nothing inside the call that asked for it', () => {
    for (const clock of [rig(1).clock, realClock]) {
      const ran: string[] = []
      const cancel = clock.turn(() => ran.push('turn'))
      expect(ran).toEqual([])
      cancel()
    }
  })

  it('comes after max.poll.records at the latest: records are delivered in runs of no more than that', () => {
    const { clock, orders } = rig(1, { 'max.poll.records': 7 }, 30)
    const runs: number[] = []
    const within = (record: ConsumerRecord): void => {
      if (runs.length === 0 || turns.at(-1) === true) runs.push(0)
      turns.push(false)
      runs[runs.length - 1] = (runs.at(-1) ?? 0) + Number(record.offset >= 0n)
    }
    const turns: boolean[] = []
    const scheduled = clock.turn.bind(clock)
    clock.turn = (run) =>
      scheduled(() => {
        turns.push(true)
        run()
      })
    orders.pipe(eachPartition((p) => p.pipe(handle(within), commit()))).subscribe()
    clock.advance(1_000)
    expect(runs).toEqual([7, 7, 7, 7, 2])
  })
})

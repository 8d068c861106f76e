import {
  concatMap,
  EMPTY,
  filter,
  finalize,
  map,
  mergeAll,
  mergeMap,
  NEVER,
  type Observable,
  of,
  repeat,
  Subject,
  take,
  takeUntil
} from 'rxjs'
import { describe, expect, it } from 'vitest'
import { ack, batch, commit, ConsumerError, consumer, type ConsumerRecord, type DrainReport, eachPartition, exponential, fanOut, handle, type PartitionStream, subscribe, writeTo } from '../../../../src/index.js' // prettier-ignore
import { group, rig } from '../../../support/rig.js'

const numberOf = (record: ConsumerRecord): number => Number(new TextDecoder().decode(record.value ?? undefined))

/** A handler whose work is ended by hand. */
const manual = (): {
  readonly handler: (record: ConsumerRecord) => Observable<void>
  readonly finish: (number: number) => void
  readonly running: Map<number, Subject<void>>
} => {
  const running = new Map<number, Subject<void>>()
  return {
    running,
    handler: (record) => {
      const work = new Subject<void>()
      running.set(numberOf(record), work)
      return work
    },
    finish: (number) => {
      running.get(number)?.complete()
      running.delete(number)
    }
  }
}

describe('consumer', () => {
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
    expect([...running.keys()]).toEqual([0, 1, 2])
    finish(1)
    clock.advance(100)
    expect([...running.keys()]).toEqual([0, 2, 3])
    expect(orders.positions()[0]).toMatchObject({ inFlight: 3, standing: 'no credit', position: 4n })
  })

  it('returns no credit while an operator behind ack() holds the record', () => {
    const { clock, orders } = rig(1, { maxInFlight: 2 }, 5)
    const { handler, running } = manual()
    orders
      .pipe(eachPartition((p) => p.pipe(ack<ConsumerRecord>(), handle(handler, { concurrency: 9, order: 'none' }))))
      .subscribe()
    clock.advance(100)
    expect(running.size).toBe(2)
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
    expect(rebalances[2]).toMatchObject({ partitions: [{ outcome: 'drained', committed: 1n, repeated: 0 }, { outcome: 'drained', committed: 1n }] }) // prettier-ignore
    expect(committed()).toEqual([1n, 1n])
    expect(others).toHaveLength(1)
    expect(ended).toEqual([])
  })

  it('aborts at the deadline, stores what is settled and reports what will be repeated', () => {
    const { clock, orders, rebalances, committed, member } = rig(1, { 'heartbeat.interval.ms': 100, 'drain.timeout.ms': 5_000 }, 3) // prettier-ignore
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
      ) // prettier-ignore
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
    expect(rebalances.find(({ _tag }) => _tag === 'revoked')).toMatchObject({ partitions: [{ outcome: 'drained' }, { outcome: 'drained' }] }) // prettier-ignore
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
    expect(committed()).toEqual([null])
    for (const record of before.slice(6, 8)) of(record).pipe(ack()).subscribe()
    clock.advance(10_000)
    expect(committed()).toEqual([4n])
  })

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
      ) // prettier-ignore
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
    const { handler, finish, running } = manual()
    const errors: unknown[] = []
    orders
      .pipe(eachPartition((p) => p.pipe(handle(handler), commit())))
      .subscribe({ error: (error: unknown) => errors.push(error) })
    clock.advance(500)
    running.get(0)?.error(new Error('boom'))
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
      ) // prettier-ignore
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
    orders.pipe(eachPartition((p) => p.pipe(handle(handler, { concurrency: 2, order: 'none' }), commit({ every: 1 })))).subscribe() // prettier-ignore
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
      ) // prettier-ignore
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

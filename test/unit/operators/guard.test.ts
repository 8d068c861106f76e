import { Observable } from 'rxjs'
import { describe, expect, it } from 'vitest'
import {
  commit,
  eachPartition,
  exponential,
  guard,
  handle,
  type Clock,
  type ConsumerRecord,
  type GuardOptions,
  type PartitionStream
} from '../../../src/index.js'
import { manual, numberOf } from '../../support/handlers.js'
import { rig } from '../../support/rig.js'

/** Something that is called, takes 5 ms, and fails while it is to. */
const downstream = (clock: Clock) => {
  const state = { isDown: false, calls: [] as number[], served: [] as number[] }
  const call = (number: number): Observable<void> =>
    new Observable((subscriber) => {
      state.calls.push(clock.now())
      return clock.schedule(5, () => {
        if (state.isDown) subscriber.error(new Error('503'))
        else {
          state.served.push(number)
          subscriber.next()
          subscriber.complete()
        }
      })
    })
  return { state, call }
}

const retry = { attempts: 1_000, backoff: exponential({ initialMs: 50, maxMs: 400, random: () => 0.5 }) }

const guarded = (options: GuardOptions, config = {}, records = 60) => {
  const made = rig(3, { 'max.poll.interval.ms': 20_000, 'drain.timeout.ms': 5_000, ...config }, records)
  const { state, call } = downstream(made.clock)
  const limit = guard(options)
  made.orders
    .pipe(
      eachPartition((p) =>
        p.pipe(
          handle((record) => call(numberOf(record)), { order: 'key', concurrency: 10, limit, retry }),
          commit({ withinMs: 100 })
        )
      )
    )
    .subscribe()
  return { ...made, state, limit }
}

describe('guard', () => {
  it('calls what fails for 30 s once a second at most, loses nothing, and goes on within two seconds', () => {
    const { clock, orders, cluster, state, limit, events, rebalances, committed } = guarded({
      name: 'payments',
      breaker: {}
    })
    clock.advance(2_000)
    expect(new Set(state.served).size).toBe(60)
    state.isDown = true
    for (let number = 60; number < 160; number++)
      cluster.produce('orders', { key: `k${String(number)}`, value: String(number) })
    clock.advance(100)
    expect(limit.status.breaker).toBe('open')
    const from = state.calls.length
    const opened = clock.now()
    clock.advance(30_000)
    expect(state.calls.length - from).toBeLessThanOrEqual(30)
    expect(state.calls.length - from).toBeGreaterThanOrEqual(29)
    expect(orders.positions().map(({ heldUpBy }) => heldUpBy)).toContain(
      'payments: the breaker is open, since calls fail'
    )
    expect(orders.status()).toMatchObject({ phase: 'running', reason: expect.stringContaining('payments: the breaker is open') as string }) // prettier-ignore
    state.isDown = false
    clock.advance(2_000)
    expect(clock.now() - opened).toBe(32_000)
    expect([...new Set(state.served)].sort((a, b) => a - b)).toEqual(Array.from({ length: 160 }, (_, number) => number))
    clock.advance(1_000)
    expect(committed().reduce((sum: bigint, offset) => sum + (offset ?? 0n), 0n)).toBe(160n)
    expect(orders.positions().map(({ heldUpBy }) => heldUpBy)).toEqual([null, null, null])
    expect(events.map(({ _tag }) => _tag)).toEqual(['breaker opened', 'breaker closed'])
    expect(rebalances.map(({ _tag }) => _tag)).toEqual(['assigned'])
  })

  it('keeps the membership however long it is open: nothing counts as stalled', () => {
    const { clock, orders, state, events, rebalances, committed } = guarded({ breaker: {} }, { maxInFlight: 4 })
    state.isDown = true
    clock.advance(120_000)
    expect(rebalances.map(({ _tag }) => _tag)).toEqual(['assigned'])
    expect(events.map(({ _tag }) => _tag)).toEqual(['breaker opened'])
    expect(orders.positions().every(({ inFlight }) => inFlight === 4)).toBe(true)
    state.isDown = false
    clock.advance(5_000)
    expect(committed()).toEqual([20n, 20n, 20n])
  })

  it('spreads calls by its rate over all partitions that share it', () => {
    const { clock, state } = guarded({ rate: { perSecond: 10 } })
    clock.advance(3_000)
    const gaps = state.calls.slice(1).map((at, index) => at - (state.calls[index] ?? 0))
    expect(state.calls.length).toBeGreaterThanOrEqual(25)
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(99)
    clock.advance(4_000)
    expect(state.served).toHaveLength(60)
  })

  it('finds the best number of concurrent calls', () => {
    const made = rig(4, {}, 8_000)
    const limit = guard({ concurrency: { max: 200 } })
    const freeAt = Array.from({ length: 8 }, () => 0)
    const serve = (clock: Clock): Observable<void> =>
      new Observable((subscriber) => {
        const next = freeAt.indexOf(Math.min(...freeAt))
        freeAt[next] = Math.max(clock.now(), freeAt[next] ?? 0) + 20
        return clock.schedule(freeAt[next] - clock.now(), () => {
          subscriber.complete()
        })
      })
    made.orders
      .pipe(
        eachPartition((p) =>
          p.pipe(
            handle(() => serve(made.clock), { order: 'none', limit }),
            commit()
          )
        )
      )
      .subscribe()
    made.clock.advance(5_000)
    const seen: number[] = []
    for (let time = 0; time < 300; time++) {
      made.clock.advance(7)
      seen.push(limit.status.concurrency)
    }
    const mean = seen.reduce((sum, one) => sum + one, 0) / seen.length
    expect(Math.abs(mean - 8) / 8).toBeLessThanOrEqual(0.2)
  })

  it('returns the slots of a lost partition’s calls', () => {
    const { clock, orders, limit, cluster, state } = guarded({ breaker: {}, concurrency: {} })
    state.isDown = true
    clock.advance(1_000)
    void orders.close()
    clock.advance(10_000)
    expect(limit.status.active).toBe(0)
    expect(cluster.describeGroup('billing').members).toEqual([])
  })

  it.each([
    ['its place', { concurrency: {} }, 1],
    ['the probe of its breaker', { breaker: { calls: 1 } }, 2]
  ] as const)('gives %s back with a partition whose call has not ended', (_what, options, calls) => {
    const { clock, orders, member } = rig(1, {}, 1)
    const { handler, fail, running } = manual()
    let called = 0
    const limit = guard(options)
    const pipeline = eachPartition((partition: PartitionStream) =>
      partition.pipe(
        handle((record) => (called++, handler(record)), { order: 'none', limit, retry }),
        commit()
      )
    )
    const leaving = orders.pipe(pipeline).subscribe()
    clock.advance(100)
    // With the breaker this opens it: the next call is the probe.
    if (calls > 1) fail(0)
    clock.advance(2_000)
    expect(limit.status.active).toBe(1)
    leaving.unsubscribe()
    expect(limit.status.active).toBe(0)
    const before = called
    member().pipe(pipeline).subscribe()
    clock.advance(10_000)
    expect(called).toBe(before + 1)
    expect(running()).toHaveLength(1)
  })

  it('calls for a record that comes while nothing is under way as soon as its rate allows', () => {
    const { clock, cluster, state } = guarded({ rate: { perSecond: 1 } }, {}, 1)
    clock.advance(500)
    const [first = NaN] = state.calls
    cluster.produce('orders', { partition: 1, key: 'late', value: '1' })
    clock.advance(2_000)
    expect(state.served).toEqual([0, 1])
    expect((state.calls[1] ?? NaN) - first).toBe(1_000)
  })

  it('probes for a record that comes while its breaker is open and nothing is under way', () => {
    const { clock, orders, cluster, limit } = rigWithSkips()
    clock.advance(500)
    expect(limit.status).toMatchObject({ breaker: 'open', active: 0 })
    cluster.produce('orders', { key: 'late', value: '1' })
    clock.advance(2_000)
    expect(limit.status.breaker).toBe('closed')
    expect(orders.positions().map(({ inFlight }) => inFlight)).toEqual([0])
  })
})

/** The first record fails for good and is skipped, which opens the breaker. */
const rigWithSkips = () => {
  const made = rig(1, {}, 1)
  const limit = guard({ breaker: { calls: 1 } })
  const pay = (record: ConsumerRecord): void => {
    if (numberOf(record) === 0) throw new Error('503')
  }
  made.orders.pipe(eachPartition((p) => p.pipe(handle(pay, { limit, onFailure: 'skip' }), commit()))).subscribe()
  return { ...made, limit }
}

import { mergeMap, NEVER, of, tap } from 'rxjs'
import { describe, expect, it } from 'vitest'
import {
  batch,
  commit,
  type ConsumerRecord,
  eachPartition,
  fanOut,
  handle,
  type HandlerContext
} from '../../../src/index.js'
import { numberOf } from '../../support/handlers.js'
import { group, rig, type Rig } from '../../support/rig.js'
import { protocols, sorted, witness } from '../../support/witness.js'
import { eachUnacknowledged } from '../../support/unacknowledged.js'

const stalling = {
  'heartbeat.interval.ms': 100,
  'session.timeout.ms': 6_000,
  'max.poll.interval.ms': 20_000,
  'drain.timeout.ms': 5_000
} as const

const tags = ({ rebalances }: Rig): readonly string[] => rebalances.map(({ _tag }) => _tag)
const members = ({ cluster }: Rig): number => cluster.describeGroup(group).members.length

/** Work as promises are: nobody can end it from outside. It settles when it is told to, or, if it listens, when its signal aborts. */
const promised = (listens: 'listens to its signal' | 'ignores its signal') => {
  const running = new Map<number, () => void>()
  return {
    running: () => [...running.keys()],
    finish: (number: number) => running.get(number)?.(),
    handler: (record: ConsumerRecord<unknown, unknown>, { signal }: HandlerContext): PromiseLike<void> => {
      const number = numberOf(record)
      const then = (resolved: () => void, rejected: (cause: unknown) => void): void => {
        const settle = (how: () => void) => () => {
          if (running.delete(number)) how()
        }
        running.set(number, settle(resolved))
        if (listens === 'listens to its signal')
          signal.addEventListener(
            'abort',
            settle(() => {
              rejected(new Error('aborted'))
            })
          )
      }
      return { then } as unknown as PromiseLike<void>
    }
  }
}

describe.each(protocols)('a partition in which nothing moves for max.poll.interval.ms (%s)', (_name, strategy) => {
  const config = { ...stalling, ...strategy }

  it('is lost: its signal aborts, and the member joins again, to begin anew', () => {
    const made = rig(1, config, 2)
    const { clock, orders, events, rebalances, committed } = made
    const work = promised('listens to its signal')
    const aborted: number[] = []
    orders
      .pipe(
        eachPartition((p) => {
          p.signal.addEventListener('abort', () => aborted.push(clock.now()))
          return p.pipe(handle(work.handler), commit({ every: 1 }))
        })
      )
      .subscribe()
    clock.advance(15_000)
    expect([events.map(({ _tag }) => _tag), aborted]).toEqual([['slow'], []])
    clock.advance(10_000)
    expect(events).toMatchObject([{ _tag: 'slow' }, { _tag: 'stalled', partition: 0, inFlight: 2 }])
    expect(aborted).toHaveLength(1)
    expect(tags(made)).toEqual(['assigned', 'lost', 'assigned'])
    expect(rebalances[1]).toMatchObject({
      fault: { reason: 'stalled' },
      partitions: [{ outcome: 'aborted', repeated: 2 }]
    })
    expect([work.running(), committed()]).toEqual([[0], [null]])
    work.finish(0)
    clock.advance(1_000)
    expect([committed(), work.running()]).toEqual([[1n], [1]])
  })

  it('keeps the member out of the group for as long as its handler ignores the signal, and reports that', () => {
    const made = rig(1, config, 2)
    const { clock, orders, committed } = made
    const work = promised('ignores its signal')
    orders.pipe(eachPartition((p) => p.pipe(handle(work.handler), commit({ every: 1 })))).subscribe()
    clock.advance(125_000)
    expect([tags(made), members(made)]).toEqual([['assigned', 'lost'], 0])
    expect(orders.positions()).toMatchObject([
      {
        partition: 0,
        standing: 'stalled',
        inFlight: 2,
        uncommitted: { from: 0n, to: 2n },
        waitingFor: { offset: 0n, forMs: expect.closeTo(125_000, -3) as number, held: true },
        fault: { _tag: 'MembershipLostFault', reason: 'stalled' }
      }
    ])
    // What it did at last is not acknowledged any more: it begins anew.
    work.finish(0)
    clock.advance(1_000)
    expect([tags(made), committed(), work.running()]).toEqual([['assigned', 'lost', 'assigned'], [null], [0]])
    expect(orders.positions()).toMatchObject([{ standing: 'no data' }])
    work.finish(0)
    clock.advance(1_000)
    expect([committed(), work.running()]).toEqual([[1n], [1]])
  })

  it('has ended at once if its handlers can be aborted', () => {
    const made = rig(1, config, 2)
    const { clock, orders } = made
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
    clock.advance(25_000)
    expect([tags(made), members(made)]).toEqual([['assigned', 'lost', 'assigned'], 1])
  })

  it('is waited for in whichever operator handles it: in a fanOut, after a batch', () => {
    for (const step of ['fanOut', 'batch'] as const) {
      const made = rig(1, config, 1)
      const { clock, orders } = made
      let finish = (): void => undefined
      const hangs = (): PromiseLike<void> =>
        ({
          then: (resolved: () => void) => {
            finish = resolved
          }
        }) as unknown as PromiseLike<void>
      const pipeline =
        step === 'batch'
          ? eachPartition<unknown>((p) => p.pipe(batch({ records: 1 }), handle(hangs), commit()))
          : eachPartition<unknown>((p) =>
              p.pipe(
                fanOut(
                  (one) => one.pipe(handle(hangs)),
                  (two) => two
                ),
                commit()
              )
            )
      orders.pipe(pipeline).subscribe()
      clock.advance(60_000)
      expect([step, tags(made), members(made)]).toEqual([step, ['assigned', 'lost'], 0])
      finish()
      clock.advance(1_000)
      expect([step, tags(made), members(made)]).toEqual([step, ['assigned', 'lost', 'assigned'], 1])
    }
  })

  it('is not waited for if no operator of ours is at work: other operators are only unsubscribed', () => {
    const made = rig(1, { ...config, maxInFlight: 2 }, 4)
    const hangs = (record: ConsumerRecord) => (numberOf(record) === 0 ? of(record) : NEVER)
    made.orders.pipe(eachPartition((p) => p.pipe(mergeMap(hangs), commit({ every: 1 })))).subscribe()
    made.clock.advance(30_000)
    expect([tags(made), members(made), made.committed()]).toEqual([['assigned', 'lost', 'assigned'], 1, [1n]])
  })

  it('stays out if nothing was ever acknowledged: the same would repeat without end', () => {
    const made = rig(1, { ...config, maxInFlight: 2 }, 4)
    made.orders.pipe(eachUnacknowledged((p) => p)).subscribe()
    made.clock.advance(600_000)
    expect([tags(made), members(made)]).toEqual([['assigned', 'lost'], 0])
    expect(made.orders.positions()).toMatchObject([{ standing: 'stalled', waitingFor: { offset: 0n, held: false } }])
  })

  it('completes under foreign flattening, aborted, with nothing flushed', () => {
    const made = rig(1, { ...config, maxInFlight: 2 }, 4)
    const told: unknown[] = []
    made.orders
      .pipe(
        mergeMap((p) => {
          p.signal.addEventListener('abort', () => told.push('aborted'))
          return p.pipe(
            batch({ records: 3 }),
            tap({ next: (list) => told.push(list.value.length), complete: () => told.push('complete') }),
            handle(() => NEVER)
          )
        })
      )
      .subscribe()
    made.clock.advance(25_000)
    expect(told).toEqual([2, 'aborted', 'complete'])
    expect(made.orders.positions()).toMatchObject([{ standing: 'stalled' }])
  })

  it('does not prevent close() and drain() meanwhile', () => {
    for (const end of ['close', 'drain'] as const) {
      const made = rig(1, config, 2)
      const { clock, orders } = made
      const work = promised('ignores its signal')
      let completed = false
      orders
        .pipe(eachPartition((p) => p.pipe(handle(work.handler), commit())))
        .subscribe({ complete: () => (completed = true) })
      clock.advance(60_000)
      void orders[end]()
      clock.advance(1_000)
      expect([end, completed, orders.positions(), made.clock.pending]).toEqual([end, true, [], 0])
      work.finish(0)
      clock.advance(1_000)
      expect([end, tags(made)]).toEqual([end, ['assigned', 'lost']])
    }
  })

  it('does not hold up the others: the other partitions are drained, and another member gets all of them', () => {
    const { clock, orders, member, committed } = rig(2, config, 4)
    const work = promised('ignores its signal')
    orders
      .pipe(
        eachPartition((p) =>
          p.pipe(
            handle((record, context) => (p.partition === 0 ? work.handler(record, context) : undefined)),
            commit({ every: 1 })
          )
        )
      )
      .subscribe()
    clock.advance(19_000)
    const other = member()
    const seen = witness()
    seen.follow('b', other)
    clock.advance(30_000)
    expect(sorted(other.positions().map(({ partition }) => partition))).toEqual([0, 1])
    expect(orders.positions()).toMatchObject([{ partition: 0, standing: 'stalled' }])
    expect(committed()).toEqual([2n, 2n])
  })
})

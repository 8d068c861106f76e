import { defer, finalize, type Observable, of, Subscription, tap } from 'rxjs'
import { describe, expect, it } from 'vitest'
import {
  commit,
  type ConsumerRecord,
  type DrainReport,
  eachPartition,
  exponential,
  filterRecords,
  handle,
  mapValue,
  type PartitionStream
} from '../../../src/index.js'
import { numberOf } from '../../support/handlers.js'
import { rig, type Rig } from '../../support/rig.js'
import { expectGone, outcomeOf } from '../../support/life-cycles.js'
import { protocols, sorted, upTo } from '../../support/witness.js'

const records = 10

/** Where the user's code is called from within. */
const places = [
  'project',
  'tap before ours',
  'mapValue',
  'filter',
  'order',
  'handler',
  'handler’s Observable',
  'classify',
  'tap between',
  'tap after commit',
  'finalize',
  'startFrom',
  'assigned',
  'revoking',
  'revoked',
  'commits',
  'events',
  'commitAsync’s callback'
] as const
type Place = (typeof places)[number]

/** A consumer of 10 records whose pipeline calls `at` wherever user's code can be called. */
const observed = (
  strategy: object,
  at: (made: Rig, place: Place, record?: ConsumerRecord<unknown, unknown>) => void
) => {
  const handled: number[] = []
  let failedOnce = false
  const startFrom = (): Observable<never[]> => {
    at(made, 'startFrom')
    return of([])
  }
  const made: Rig = rig(2, { 'heartbeat.interval.ms': 100, maxInFlight: 3, startFrom, ...strategy }, records)
  const see =
    (place: Place) =>
    (record: ConsumerRecord<unknown, unknown>): void => {
      at(made, place, record)
    }
  made.orders.rebalances.subscribe(({ _tag }) => {
    if (_tag !== 'lost') at(made, _tag)
  })
  made.orders.commits.subscribe(() => {
    at(made, 'commits')
  })
  made.orders.events.subscribe(() => {
    at(made, 'events')
  })
  let completed = false
  const running = made.orders
    .pipe(
      eachPartition((p: PartitionStream) => {
        at(made, 'project')
        return p.pipe(
          tap(see('tap before ours')),
          mapValue((value, record) => {
            see('mapValue')(record)
            return value
          }),
          filterRecords(() => {
            at(made, 'filter')
            return true
          }),
          handle(
            (record) => {
              see('handler')(record)
              // One that fails once, one that can never succeed.
              if (numberOf(record) === 5 && !failedOnce) {
                failedOnce = true
                throw new Error('once')
              }
              if (numberOf(record) === 6) throw new Error('never')
              handled.push(numberOf(record))
              return defer(() => {
                see('handler’s Observable')(record)
                return of(null)
              })
            },
            {
              order: (record) => {
                see('order')(record)
                return 'all'
              },
              retry: {
                attempts: 3,
                backoff: exponential({ initialMs: 1, maxMs: 1 }),
                classify: (_cause, record) => {
                  see('classify')(record)
                  return numberOf(record) === 6 ? 'permanent' : 'retriable'
                }
              },
              onFailure: 'skip'
            }
          ),
          tap((record) => {
            see('tap between')(record)
            if (numberOf(record) === 2)
              made.orders.commitAsync(undefined, () => {
                at(made, 'commitAsync’s callback')
              })
          }),
          commit({ every: 2, withinMs: 100 }),
          tap(() => {
            at(made, 'tap after commit')
          }),
          finalize(() => {
            at(made, 'finalize')
          })
        )
      })
    )
    .subscribe({ complete: () => (completed = true) })
  return { made, handled, running, hasCompleted: () => completed }
}

/** A member that handles what is left; gives the numbers. */
const another = ({ member }: Rig): { readonly handled: readonly number[]; readonly running: Subscription } => {
  const handled: number[] = []
  const running = member({ startFrom: () => of([]) })
    .pipe(
      eachPartition((p) =>
        p.pipe(
          handle((record) => void handled.push(numberOf(record))),
          commit()
        )
      )
    )
    .subscribe()
  return { handled, running }
}

/** Another member comes and goes, so that there is a revocation; gives what it handled. */
const shaken = (made: Rig): readonly number[] => {
  made.clock.advance(300)
  const { handled, running } = another(made)
  made.clock.advance(500)
  running.unsubscribe()
  made.clock.advance(10_000)
  return handled
}

/** What is left when the consumer is gone. */
const theRest = (made: Rig): readonly number[] => {
  const { handled } = another(made)
  made.clock.advance(10_000)
  return handled
}

const handledByAll = upTo(records).filter((number) => number !== 6)

describe.each(protocols)('under the %s protocol', (_name, strategy) => {
  describe.each(places)('from within: %s', (where) => {
    it.each([1, 3])('drain() ends, repeats nothing and says so (call %i)', async (nth) => {
      let calls = 0
      let drained: Promise<DrainReport> | null = null
      const { made, handled, hasCompleted } = observed(strategy, ({ orders }, place) => {
        if (place === where && ++calls === nth) drained = orders.drain()
      })
      const others = shaken(made)
      // Not every place is reached so often.
      drained ??= made.orders.drain()
      made.clock.advance(10_000)
      const report = await outcomeOf(drained)
      expect(report).toMatchObject({ outcome: 'drained' })
      if (report === 'pending') return
      expect(report.partitions.map(({ repeated }) => repeated)).toEqual(report.partitions.map(() => 0))
      expect(hasCompleted()).toBe(true)
      expectGone(made)
      // Each record is handled once, by whomever.
      expect(sorted([...handled, ...others, ...theRest(made)].filter((number) => number !== 6))).toEqual(handledByAll)
    })

    it.each([1, 3])('close() ends (call %i)', async (nth) => {
      let calls = 0
      let closed: Promise<void> | null = null
      const { made, handled, hasCompleted } = observed(strategy, ({ orders }, place) => {
        if (place === where && ++calls === nth) closed = orders.close()
      })
      const others = shaken(made)
      closed ??= made.orders.close()
      made.clock.advance(10_000)
      expect(await outcomeOf(closed)).toBeUndefined()
      expect(hasCompleted()).toBe(true)
      expectGone(made)
      const all = new Set([...handled, ...others, ...theRest(made)])
      expect(sorted([...all].filter((number) => number !== 6))).toEqual(handledByAll)
    })

    it.each([1, 3])('unsubscribing ends it (call %i)', (nth) => {
      let calls = 0
      const whole = new Subscription()
      const { made, handled, running } = observed(strategy, (_made, place) => {
        if (place === where && ++calls === nth) whole.unsubscribe()
      })
      whole.add(running)
      const others = shaken(made)
      running.unsubscribe()
      made.clock.advance(10_000)
      expectGone(made)
      const all = new Set([...handled, ...others, ...theRest(made)])
      expect(sorted([...all].filter((number) => number !== 6))).toEqual(handledByAll)
    })

    it.each([1, 3])('pause() stops and resume() goes on, nothing is lost or repeated (call %i)', (nth) => {
      let calls = 0
      const { made, handled } = observed(strategy, ({ orders, clock }, place) => {
        if (place !== where || ++calls !== nth) return
        orders.pause()
        clock.schedule(50, () => {
          orders.resume()
        })
      })
      made.clock.advance(10_000)
      expect([sorted(handled), made.committed()]).toEqual([handledByAll, [5n, 5n]])
    })

    it.each([1, 3])('seek() continues there, and nothing hangs (call %i)', (nth) => {
      let calls = 0
      const { made, handled } = observed(strategy, ({ orders }, place, record) => {
        if (place !== where || ++calls !== nth) return
        for (const partition of orders.positions())
          if (record === undefined || record.partition === partition.partition) orders.seek(partition, { offset: 1n })
      })
      made.clock.advance(10_000)
      expect([sorted([...new Set(handled)]).filter((number) => number > 1), made.committed()]).toEqual([
        handledByAll.filter((number) => number > 1),
        [5n, 5n]
      ])
    })
  })
})

import * as t from 'io-ts'
import { concatMap, finalize, map, mergeMap, NEVER, type Observable, type OperatorFunction, Subject, tap } from 'rxjs'
import { describe, expect, it } from 'vitest'
import {
  ack,
  atMostOnce,
  batch,
  type Carried,
  commit,
  type ConsumerRecord,
  deadLetter,
  deserialize,
  eachPartition,
  fanOut,
  filterRecords,
  filterValue,
  handle,
  json,
  mapValue,
  type PartitionStream,
  produceTo,
  writeTo
} from '../../../src/index.js'
import { manual, numberOf, parallel } from '../../support/handlers.js'
import { rig, type Rig } from '../../support/rig.js'
import { eachUnacknowledged } from '../../support/unacknowledged.js'

const quick = { 'heartbeat.interval.ms': 100 } as const

/** The group forgets the member: everything is lost at once. */
const lose = ({ cluster, clock }: Rig): void => {
  cluster.failNext('Heartbeat', 25)
  clock.advance(110)
}

/** Foreign flattening of the first assignment; those that follow are left alone. */
const firstOnly = <R>(project: (p: PartitionStream) => Observable<R>): OperatorFunction<PartitionStream, R> =>
  mergeMap((p, index) => (index === 0 ? project(p) : NEVER))

describe('a partition that is lost', () => {
  it('has its signal aborted at once, and so have its handlers', () => {
    const made = rig(1, quick, 2)
    const aborted: string[] = []
    made.orders
      .pipe(
        eachPartition((p) => {
          p.signal.addEventListener('abort', () => aborted.push('partition'))
          return p.pipe(
            handle((_record, { signal }) => {
              signal.addEventListener('abort', () => aborted.push('handler'))
              return NEVER
            }),
            commit()
          )
        })
      )
      .subscribe()
    made.clock.advance(500)
    expect(aborted).toEqual([])
    lose(made)
    expect([...new Set(aborted)].sort()).toEqual(['handler', 'partition'])
  })

  it('has its pipeline unsubscribed by eachPartition, not completed: nothing is flushed into a sink', () => {
    const made = rig(1, quick, 3)
    const written: number[] = []
    const ended: string[] = []
    made.orders
      .pipe(
        eachUnacknowledged((p) =>
          p.pipe(
            batch({ records: 100 }),
            writeTo((list) => void written.push(list.value.length)),
            tap({ complete: () => ended.push('complete') }),
            finalize(() => ended.push('finalized'))
          )
        )
      )
      .subscribe()
    made.clock.advance(500)
    lose(made)
    expect([written, ended]).toEqual([[], ['finalized']])
  })

  it('has a stream that completes under foreign flattening, aborted by then', () => {
    const made = rig(1, quick, 3)
    const ended: unknown[] = []
    made.orders.pipe(firstOnly((p) => p.pipe(tap({ complete: () => ended.push(p.signal.aborted) })))).subscribe()
    made.clock.advance(500)
    lose(made)
    expect(ended).toEqual([true])
  })

  it('is not committed, though everything is settled by then', () => {
    const made = rig(1, quick, 3)
    made.orders.pipe(firstOnly((p) => p.pipe(commit({ every: 100, withinMs: 5_000 })))).subscribe()
    made.clock.advance(500)
    lose(made)
    made.clock.advance(20_000)
    expect([made.committed(), made.commits]).toEqual([[null], []])
    expect(made.rebalances.find(({ _tag }) => _tag === 'lost')).toMatchObject({
      partitions: [{ outcome: 'aborted', committed: null }],
      fault: { _tag: 'MembershipLostFault' }
    })
  })
})

describe('an operator of ours drops what is stale', () => {
  /** Everything reaches the operator before the loss; what it holds may come free only afterwards. */
  const holding: readonly (readonly [
    string,
    (gate: Observable<unknown>, made: Rig) => OperatorFunction<ConsumerRecord, Carried<unknown>>
  ])[] = [
    // prettier-ignore
    ['handle, of what runs', (gate) => handle(() => gate, parallel)],
    ['handle, of what is queued', (gate) => handle(() => gate)],
    ['handle, of what waits for its key', (gate) => handle(() => gate, { concurrency: 9, order: () => 'one' })],
    ['writeTo', (gate) => writeTo(() => gate, parallel)],
    ['batch', () => batch({ records: 100, withinMs: 2_000 })],
    ['atMostOnce', ({}, { cluster }) => (cluster.failNext('OffsetCommit', 14, 20), atMostOnce())],
    [
      'deserialize, behind a dead letter',
      ({}, { cluster }) => (
        cluster.failNext('Produce', 'disconnect', 5),
        deserialize(
          { value: json(t.refinement(t.number, (n) => n !== 0)) },
          { onFailure: deadLetter(cluster, { topic: 'dead' }) }
        )
      )
    ],
    ['fanOut', (gate) => fanOut((o) => o.pipe(concatMap((record) => gate.pipe(map(() => record)))))]
  ]
  it.each(holding)('%s', (_name, step) => {
    const made = rig(1, quick, 3)
    made.cluster.createTopic('dead', 1)
    const gate = new Subject<void>()
    const passed: unknown[] = []
    made.orders.pipe(firstOnly((p) => p.pipe(step(gate, made)))).subscribe((carried) => passed.push(carried))
    made.clock.advance(500)
    lose(made)
    gate.next()
    gate.complete()
    made.clock.advance(60_000)
    expect(passed).toEqual([])
  })

  /** An operator of rxjs keeps the records back until after the loss: they reach ours stale. */
  const reached: readonly (readonly [
    string,
    (did: (what: string) => void, made: Rig) => OperatorFunction<ConsumerRecord, unknown>
  ])[] = [
    // prettier-ignore
    ['handle', (did) => handle(() => did('called'))],
    ['writeTo', (did) => writeTo(() => did('called'))],
    ['mapValue', (did) => mapValue(() => did('called'))],
    ['filterRecords', (did) => filterRecords(() => (did('called'), true))],
    [
      'filterValue',
      (did) => filterValue((value): value is NonNullable<typeof value> => (did('called'), value !== null))
    ],
    ['deserialize', () => deserialize({ value: json(t.number) })],
    ['batch', () => batch({ records: 1 })],
    ['fanOut', (did) => fanOut((o) => o.pipe(tap(() => did('called'))))],
    ['atMostOnce', () => atMostOnce({ every: 1 })],
    ['produceTo', ({}, { cluster }) => produceTo(cluster, { topic: 'copy' })],
    ['ack', () => ack<ConsumerRecord>()],
    ['commit', () => commit({ every: 1 })]
  ]
  it.each(reached)('that reaches %s late', (_name, step) => {
    const made = rig(1, quick, 3)
    made.cluster.createTopic('copy', 1)
    const gate = new Subject<void>()
    const did: unknown[] = []
    made.orders
      .pipe(
        firstOnly((p) =>
          p.pipe(
            mergeMap((record) => gate.pipe(map(() => record))),
            step((what) => did.push(what), made)
          )
        )
      )
      .subscribe((passed) => did.push(passed))
    made.clock.advance(500)
    lose(made)
    gate.next()
    made.clock.advance(20_000)
    expect(did).toEqual([])
    expect([made.committed(), made.cluster.logEnd({ topic: 'copy', partition: 0 })]).toEqual([[null], 0n])
  })
})

describe('a drain whose deadline has passed', () => {
  it('ends like a loss: the signal aborts, and eachPartition unsubscribes the pipeline', () => {
    const made = rig(1, { ...quick, 'drain.timeout.ms': 2_000 }, 3)
    const trace: string[] = []
    made.orders
      .pipe(
        eachUnacknowledged((p) => {
          p.signal.addEventListener('abort', () => trace.push('abort'))
          return p.pipe(
            handle(() => NEVER),
            batch({ records: 100 }),
            writeTo(() => void trace.push('written')),
            tap({ complete: () => trace.push('complete') }),
            finalize(() => trace.push('finalized'))
          )
        })
      )
      .subscribe()
    made.clock.advance(500)
    made.member().subscribe()
    made.clock.advance(1_500)
    expect(trace).toEqual([])
    made.clock.advance(1_000)
    expect([...trace].sort()).toEqual(['abort', 'finalized'])
  })

  it('has let retries go on until then, and no longer', () => {
    const made = rig(1, quick, 1)
    const trace: (readonly [string, number])[] = []
    made.orders
      .pipe(
        eachPartition((p) => {
          p.signal.addEventListener('abort', () => trace.push(['abort', made.clock.now()]))
          return p.pipe(
            handle(
              () => {
                trace.push(['attempt', made.clock.now()])
                throw new Error('boom')
              },
              { retry: { attempts: 1_000_000, backoff: { _tag: 'Backoff', delayMs: () => 100 } } }
            ),
            commit()
          )
        })
      )
      .subscribe()
    made.clock.advance(500)
    void made.orders.drain({ timeoutMs: 5_000 })
    made.clock.advance(60_000)
    const [what, abortedAt = 0] = trace.at(-1) ?? []
    const [, last = 0] = trace.at(-2) ?? []
    expect(what).toBe('abort')
    expect(abortedAt).toBeGreaterThan(500 + 4_000)
    expect(last).toBeGreaterThanOrEqual(abortedAt - 100)
  })

  it('has what was retried in time settled and committed', () => {
    const made = rig(1, { ...quick, 'drain.timeout.ms': 5_000 }, 1)
    let attempts = 0
    made.orders
      .pipe(
        eachPartition((p) =>
          p.pipe(
            handle(
              () => {
                if (++attempts < 20) throw new Error('boom')
              },
              { retry: { attempts: 100, backoff: { _tag: 'Backoff', delayMs: () => 100 } } }
            ),
            commit()
          )
        )
      )
      .subscribe()
    made.clock.advance(200)
    made.member().subscribe()
    made.clock.advance(5_000)
    expect(made.rebalances.find(({ _tag }) => _tag === 'revoked')).toMatchObject({
      partitions: [{ outcome: 'drained', committed: 1n }]
    })
  })

  it('leaves what was not settled to the next owner', () => {
    const made = rig(1, { ...quick, 'drain.timeout.ms': 2_000 }, 4)
    const work = manual()
    const seen: number[] = []
    const first = made.orders.pipe(eachPartition((p) => p.pipe(handle(work.handler, parallel), commit()))).subscribe()
    made.clock.advance(500)
    work.finish(0, 2)
    made.clock.advance(5_000)
    first.unsubscribe()
    made.clock.advance(5_000)
    made
      .member()
      .pipe(eachUnacknowledged((p) => p.pipe(handle((record) => void seen.push(numberOf(record))))))
      .subscribe()
    made.clock.advance(5_000)
    expect(seen).toEqual([1, 2, 3])
  })
})

describe('the eager protocol', () => {
  it('completes every stream at a rebalance, and creates each of the new assignment once', () => {
    const { clock, orders, member } = rig(4, quick, 8)
    const trace: string[] = []
    const watch =
      (name: string) =>
      (p: PartitionStream): Observable<unknown> => {
        trace.push(`${name}+${String(p.partition)}`)
        return p.pipe(tap({ complete: () => trace.push(`${name}-${String(p.partition)}`) }), commit())
      }
    orders.pipe(eachPartition(watch('a'))).subscribe()
    clock.advance(500)
    expect(trace.splice(0)).toEqual(['a+0', 'a+1', 'a+2', 'a+3'])
    member()
      .pipe(eachPartition(watch('b')))
      .subscribe()
    clock.advance(5_000)
    const given = trace.splice(0)
    expect(given.slice(0, 4)).toEqual(['a-0', 'a-1', 'a-2', 'a-3'])
    expect(given.slice(4).sort()).toEqual(['a+0', 'a+1', 'b+2', 'b+3'])
    clock.advance(60_000)
    expect(trace).toEqual([])
  })
})

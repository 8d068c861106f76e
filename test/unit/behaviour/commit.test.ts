import fc from 'fast-check'
import { connect, filter, merge, mergeAll, of, type OperatorFunction, tap } from 'rxjs'
import { describe, expect, it } from 'vitest'
import {
  ack,
  commit,
  type CommitEvent,
  type Committed,
  type ConsumerRecord,
  eachPartition,
  handle
} from '../../../src/index.js'
import { isStale } from '../../../src/model/carried.js'
import { manual, numberOf, parallel } from '../../support/handlers.js'
import { group, rig, type Rig } from '../../support/rig.js'

type Last = OperatorFunction<ConsumerRecord, unknown>

const acked = (): Last => ack<ConsumerRecord>()
/** A `commit()` whose own triggers never come due in these tests. */
const late = (): Last => commit({ every: 1_000_000, withinMs: 10_000_000 })

/** The ways in which an assignment ends, so that the last trigger fires. */
const ends: readonly (readonly [string, (made: Rig) => void])[] = [
  ['a revocation', ({ member }) => void member().subscribe()],
  ['a drain', ({ orders }) => void orders.drain()],
  ['a close', ({ orders }) => void orders.close()]
]

describe('R2: one committer', () => {
  /** Record 1 is never settled, everything else is: whichever trigger fires, 1 is the frontier. */
  const withHole = (config: Parameters<typeof rig>[1], last: () => Last): Rig => {
    const made = rig(1, { 'heartbeat.interval.ms': 100, 'drain.timeout.ms': 1_000, ...config }, 6)
    made.orders
      .pipe(
        eachPartition((p) =>
          p.pipe(
            filter((record) => numberOf(record) !== 1),
            last()
          )
        )
      )
      .subscribe()
    made.clock.advance(500)
    return made
  }
  const triggers: readonly (readonly [string, Parameters<typeof rig>[1], () => Last, (made: Rig) => void])[] = [
    [
      'commit({ every })',
      { 'enable.auto.commit': false },
      () => commit({ every: 2, withinMs: 10_000_000 }),
      () => undefined
    ],
    [
      'commit({ withinMs })',
      { 'enable.auto.commit': false },
      () => commit({ every: 1_000, withinMs: 700 }),
      () => undefined
    ],
    ['the timer of enable.auto.commit', { 'auto.commit.interval.ms': 700 }, acked, () => undefined],
    ...ends.map(([name, end]) => [`the last one at ${name}`, { 'enable.auto.commit': false }, late, end] as const)
  ]
  it.each(triggers)('%s stores the frontier, the first unsettled record', (_name, config, last, fire) => {
    const made = withHole(config, last)
    fire(made)
    made.clock.advance(30_000)
    expect(made.committed()).toEqual([1n])
  })

  it('serves several commit()s and the timer at once: the soonest stores, and every commit() reports it', () => {
    const { clock, orders, commits, committed } = rig(1, { 'auto.commit.interval.ms': 3_000 }, 5)
    const work = manual()
    const told: Committed[][] = [[], []]
    orders
      .pipe(
        eachPartition((p) =>
          p.pipe(
            handle(work.handler, parallel),
            connect((shared) =>
              merge(
                shared.pipe(
                  filter((record) => numberOf(record.source) % 2 === 0),
                  commit({ every: 3, withinMs: 10_000_000 }),
                  tap((stored) => told[0]?.push(stored))
                ),
                shared.pipe(
                  filter((record) => numberOf(record.source) % 2 === 1),
                  commit({ every: 1_000, withinMs: 2_000 }),
                  tap((stored) => told[1]?.push(stored))
                )
              )
            )
          )
        )
      )
      .subscribe()
    clock.advance(500)
    work.finish(0, 1)
    clock.advance(1_900)
    expect(committed()).toEqual([null])
    clock.advance(200)
    expect(committed()).toEqual([2n])
    work.finish(2, 3, 4)
    clock.advance(10)
    expect(committed()).toEqual([5n])
    clock.advance(60_000)
    expect(commits).toHaveLength(2)
    expect(told.map((list) => list.map(({ offset }) => offset))).toEqual([
      [2n, 5n],
      [2n, 5n]
    ])
  })

  it('has one commit in flight, and folds what becomes due meanwhile into the next', () => {
    const { clock, orders, commits, committed } = rig(1, {}, 9)
    const work = manual()
    orders.pipe(eachPartition((p) => p.pipe(handle(work.handler, parallel), commit({ every: 1 })))).subscribe()
    clock.advance(500)
    // All within one turn: the answer to the first comes on the next.
    work.finish(0, 1, 2, 3, 4)
    clock.advance(10)
    expect(commits.map(offsetsOf)).toEqual([[1n], [5n]])
    expect(committed()).toEqual([5n])
  })

  it('retries what may succeed later, with jitter and with the newest offset by then', () => {
    const { clock, cluster, orders, commits, committed } = rig(1, {}, 9)
    const work = manual()
    orders.pipe(eachPartition((p) => p.pipe(handle(work.handler, parallel), commit({ every: 1 })))).subscribe()
    clock.advance(500)
    cluster.failNext('OffsetCommit', 14, 6)
    work.finish(0)
    clock.advance(10)
    work.finish(1, 2)
    clock.advance(20_000)
    const waits = commits.flatMap((event) => (event._tag === 'retrying' ? [event.inMs] : []))
    const ceilings = [100, 200, 400, 800, 1_000, 1_000]
    expect(waits).toHaveLength(6)
    waits.forEach((wait, index) => {
      const ceiling = ceilings[index] ?? 0
      expect(wait).toBeGreaterThanOrEqual(ceiling / 2)
      expect(wait).toBeLessThanOrEqual(ceiling)
    })
    expect(new Set(waits.slice(4)).size).toBe(2)
    expect(commits.map(offsetsOf)).toEqual([[1n], [3n], [3n], [3n], [3n], [3n], [3n]])
    expect([commits.at(-1)?._tag, committed()]).toEqual(['stored', [3n]])
  })

  it.each([
    ['its generation is over', 22, 'MembershipLostFault'],
    ['the group has forgotten the member', 25, 'MembershipLostFault'],
    ['its metadata is too large', 12, 'BrokerFault']
  ] as const)('drops and reports a commit that is refused because %s', (_why, code, tag) => {
    const { clock, cluster, orders, commits } = rig(1, { 'enable.auto.commit': false }, 1)
    cluster.failNext('OffsetCommit', code)
    orders.pipe(eachPartition((p) => p.pipe(commit({ every: 1 })))).subscribe()
    clock.advance(100)
    expect(commits[0]).toMatchObject({
      _tag: 'dropped',
      offsets: [{ topic: 'orders', partition: 0, offset: 1n }],
      fault: { _tag: tag }
    })
    expect(commits.filter(({ _tag }) => _tag === 'retrying')).toEqual([])
  })

  it('drops and reports the commit of a member that was fenced, which ends the consumer', () => {
    const { clock, cluster, orders, commits, events } = rig(1, { 'group.instance.id': 'one' }, 1)
    const errors: unknown[] = []
    orders
      .pipe(eachPartition((p) => p.pipe(commit({ every: 1 }))))
      .subscribe({ error: (error: unknown) => errors.push(error) })
    cluster.failNext('OffsetCommit', 82)
    clock.advance(20_000)
    expect(errors).toMatchObject([{ fault: { _tag: 'FencedFault' } }])
    expect(events).toMatchObject([{ _tag: 'fenced' }, { _tag: 'stopped' }])
    expect(commits).toMatchObject([{ _tag: 'dropped', offsets: [{ partition: 0, offset: 1n }] }])
  })

  it('does not end the pipeline when a commit fails', () => {
    const { clock, cluster, orders, committed } = rig(1, {}, 1)
    const ended: string[] = []
    cluster.failNext('OffsetCommit', 'disconnect', 3)
    orders
      .pipe(eachPartition((p) => p.pipe(commit({ every: 1 }))))
      .subscribe({ error: () => ended.push('error'), complete: () => ended.push('complete') })
    clock.advance(60)
    expect(committed()).toEqual([null])
    cluster.produce('orders', { value: '1' })
    clock.advance(10_000)
    expect([ended, committed()]).toEqual([[], [2n]])
  })
})

describe('R3: the last trigger', () => {
  it.each(ends)('fires at %s under auto commit', (_name, end) => {
    const made = rig(1, { 'heartbeat.interval.ms': 100, 'auto.commit.interval.ms': 10_000_000 }, 3)
    made.orders.pipe(eachPartition((p) => p.pipe(acked()))).subscribe()
    made.clock.advance(500)
    expect(made.committed()).toEqual([null])
    end(made)
    made.clock.advance(5_000)
    expect(made.committed()).toEqual([3n])
  })

  it.each(ends)('fires at %s without auto commit, if a commit() has seen a record', (_name, end) => {
    const made = rig(1, { 'heartbeat.interval.ms': 100, 'enable.auto.commit': false }, 3)
    made.orders.pipe(eachPartition((p) => p.pipe(late()))).subscribe()
    made.clock.advance(500)
    expect(made.committed()).toEqual([null])
    end(made)
    made.clock.advance(5_000)
    expect(made.committed()).toEqual([3n])
  })

  it.each(ends)(
    'does not fire at %s with ack() and without auto commit: nothing is stored implicitly',
    (_name, end) => {
      const made = rig(1, { 'heartbeat.interval.ms': 100, 'enable.auto.commit': false }, 3)
      made.orders.pipe(eachPartition((p) => p.pipe(acked()))).subscribe()
      made.clock.advance(60_000)
      end(made)
      made.clock.advance(60_000)
      expect([made.committed(), made.commits]).toEqual([[null], []])
    }
  )

  it('fires for the partitions whose records a commit() has seen, and for no other', () => {
    const { clock, orders, committed } = rig(2, { 'enable.auto.commit': false }, 4)
    orders.pipe(eachPartition((p) => p.pipe(p.partition === 0 ? late() : acked()))).subscribe()
    clock.advance(500)
    void orders.drain()
    clock.advance(1_000)
    expect(committed()).toEqual([2n, null])
  })

  it('does not fire for an assignment because a commit() has seen a record of the former one', () => {
    const { clock, cluster, orders, member, committed } = rig(
      1,
      { 'heartbeat.interval.ms': 100, 'enable.auto.commit': false },
      2
    )
    let assignments = 0
    orders.pipe(eachPartition((p) => p.pipe(assignments++ === 0 ? late() : acked()))).subscribe()
    clock.advance(500)
    const other = member().subscribe()
    clock.advance(2_000)
    expect(committed()).toEqual([2n])
    other.unsubscribe()
    clock.advance(2_000)
    cluster.produce('orders', { partition: 0, value: '2' })
    clock.advance(2_000)
    expect([assignments, orders.positions()]).toMatchObject([assignments, [{ position: 3n, inFlight: 0 }]])
    void orders.drain()
    clock.advance(2_000)
    expect(committed()).toEqual([2n])
  })
})

describe('the committed offset', () => {
  const act = fc.oneof(
    { weight: 8, arbitrary: fc.record({ kind: fc.constant('settle' as const), at: fc.nat(40) }) },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(700) }) },
    { weight: 1, arbitrary: fc.constant({ kind: 'commit fails' as const }) },
    { weight: 1, arbitrary: fc.constant({ kind: 'produce' as const }) },
    { weight: 1, arbitrary: fc.constant({ kind: 'lost' as const }) },
    { weight: 1, arbitrary: fc.constant({ kind: 'rebalance' as const }) }
  )

  it('is never above the lowest unsettled record and never goes back, whatever happens in whatever order', () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 80 }), fc.integer({ min: 1, max: 5 }), (acts, every) => {
        const made = rig(
          1,
          { 'heartbeat.interval.ms': 100, 'auto.commit.interval.ms': 400, 'drain.timeout.ms': 500, maxInFlight: 20 },
          10
        )
        const { clock, cluster, orders, member, committed } = made
        const open: ConsumerRecord[] = []
        const settled = new Set<bigint>()
        let end = 10n
        let before = 0n
        orders.pipe(mergeAll()).subscribe((record) => open.push(record))
        const settle = (record: ConsumerRecord): void => {
          // What is stale by then comes again.
          if (!isStale(record)) settled.add(record.offset)
          of(record)
            .pipe(commit({ every, withinMs: 300 }))
            .subscribe()
        }
        const look = (): void => {
          const stored = committed()[0] ?? 0n
          let lowest = 0n
          while (settled.has(lowest)) lowest++
          expect(stored <= lowest).toBe(true)
          expect(stored >= before).toBe(true)
          before = stored
        }
        clock.advance(200)
        for (const step of acts) {
          if (step.kind === 'wait') clock.advance(step.ms)
          else if (step.kind === 'commit fails') cluster.failNext('OffsetCommit', 14)
          else if (step.kind === 'lost') {
            // Not by a refused heartbeat: the group would wait for the former self until its session is over, each time.
            for (const { memberId } of cluster.describeGroup(group).members) cluster.expireSession(group, memberId)
          } else if (step.kind === 'rebalance') {
            const other = member().subscribe()
            clock.advance(200)
            other.unsubscribe()
          } else if (step.kind === 'produce') {
            cluster.produce('orders', { partition: 0, value: '0' })
            end++
          } else {
            const [record] = open.splice(step.at % Math.max(1, open.length), 1)
            if (record !== undefined) settle(record)
          }
          look()
        }
        // A member that is lost is waited for by its group, for the 10 s of its session.
        const rounds = 6 + 2 * acts.filter(({ kind }) => kind === 'lost').length
        for (let round = 0; round < rounds; round++) {
          clock.advance(5_000)
          for (const record of open.splice(0)) settle(record)
          look()
        }
        clock.advance(20_000)
        expect(committed()).toEqual([end])
      }),
      { numRuns: 100 }
    )
  })
})

const offsetsOf = (event: CommitEvent): readonly bigint[] => event.offsets.map(({ offset }) => offset)

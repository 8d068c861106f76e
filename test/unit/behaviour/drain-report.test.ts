import { defer, from, NEVER, take } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { commit, type ConsumerRecord, type DrainReport, eachPartition, handle } from '../../../src/index.js'
import { manual, numberOf } from '../../support/handlers.js'
import { expectGone, outcomeOf } from '../../support/life-cycles.js'
import { rig, type Rig } from '../../support/rig.js'
import { protocols, sorted, upTo } from '../../support/witness.js'

const quick = { 'heartbeat.interval.ms': 100, 'drain.timeout.ms': 30_000 } as const

/** Lets promises settle, as virtual time does not. */
const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve()
}

/** Time and promises go on by turns. */
const passing = async ({ clock }: Rig, ms: number): Promise<void> => {
  for (let passed = 0; passed < ms; passed += 100) {
    clock.advance(100)
    await settled()
  }
}

describe.each(protocols)('a handler that waits for drain(), under the %s protocol', (_name, strategy) => {
  const asking = (made: Rig, askers: readonly number[], ask: (drained: () => Promise<DrainReport>) => unknown) => {
    const reports: DrainReport[] = []
    const handled: number[] = []
    let completed = false
    const drained = async (): Promise<DrainReport> => {
      const report = await made.orders.drain()
      reports.push(report)
      return report
    }
    const handler = (record: ConsumerRecord): unknown => {
      const number = numberOf(record)
      handled.push(number)
      return askers.includes(number) ? ask(drained) : undefined
    }
    made.orders
      .pipe(eachPartition((p) => p.pipe(handle(handler), commit())))
      .subscribe({ complete: () => (completed = true) })
    return { reports, handled, hasCompleted: () => completed }
  }

  const ways: readonly (readonly [string, (drained: () => Promise<DrainReport>) => unknown])[] = [
    ['a promise', async (drained) => drained()],
    ['an Observable', (drained) => defer(() => from(drained()))],
    ['a TaskEither', (drained) => async () => ({ _tag: 'Right', right: await drained() })]
  ]
  it.each(ways)(
    'gets the report, continues, and all delivered records are handled and stored: %s',
    async (_as, ask) => {
      const made = rig(2, { ...quick, ...strategy, maxInFlight: 3 }, 20)
      const { reports, handled, hasCompleted } = asking(made, [3], ask)
      await passing(made, 2_000)
      expect(reports).toMatchObject([
        { outcome: 'under way', partitions: [{ partition: 0, outcome: 'drained', repeated: 0 }] }
      ])
      expect(hasCompleted()).toBe(true)
      expectGone(made)
      const ends = [0, 1].map((partition) => BigInt(handled.filter((number) => number % 2 === partition).length))
      expect([made.committed(), new Set(handled).size]).toEqual([ends, handled.length])
      expect(await outcomeOf(made.orders.drain())).toMatchObject({ outcome: 'drained' })
    }
  )

  it('waits for the others first, and several do not wait for each other', async () => {
    const made = rig(3, { ...quick, ...strategy, maxInFlight: 2 }, 9)
    const work = manual()
    const reports: DrainReport[] = []
    const handler = (record: ConsumerRecord): unknown =>
      numberOf(record) < 3 ? work.handler(record) : made.orders.drain().then((report) => reports.push(report))
    made.orders.pipe(eachPartition((p) => p.pipe(handle(handler), commit()))).subscribe()
    made.clock.advance(500)
    void made.orders.drain()
    // Behind them are 4 and 5.
    work.finish(1, 2)
    await passing(made, 5_000)
    expect([reports, work.running()]).toEqual([[], [0]])
    // Behind it is 3.
    work.finish(0)
    await passing(made, 1_000)
    expect(reports.map(({ outcome }) => outcome)).toEqual(['under way', 'under way', 'under way'])
    expect([made.committed(), await outcomeOf(made.orders.drain())]).toMatchObject([
      [2n, 2n, 2n],
      { outcome: 'drained' }
    ])
    expectGone(made)
  })

  it('is notified of the end if it does not wait for it', async () => {
    const made = rig(1, { ...quick, ...strategy }, 3)
    const { reports } = asking(made, [1], (drained) => void drained())
    await passing(made, 1_000)
    expect(reports).toMatchObject([{ outcome: 'drained', partitions: [{ outcome: 'drained', committed: 2n }] }])
  })

  it('of another consumer is not waited for', async () => {
    const made = rig(1, { ...quick, ...strategy }, 3)
    const other = made.member({ 'group.id': 'other' })
    const reports: DrainReport[] = []
    made.orders
      .pipe(
        eachPartition((p) =>
          p.pipe(
            handle(() => NEVER),
            commit()
          )
        )
      )
      .subscribe()
    made.clock.advance(500)
    other
      .pipe(
        eachPartition((p) =>
          p.pipe(
            handle(async (record) => {
              if (numberOf(record) === 1) reports.push(await made.orders.drain())
            }),
            commit()
          )
        )
      )
      .subscribe()
    await passing(made, 40_000)
    expect(reports).toMatchObject([{ outcome: 'deadline', partitions: [{ outcome: 'timed out', repeated: 3 }] }])
  })

  it('that has asked after an await is answered at the deadline', async () => {
    const made = rig(1, { ...quick, ...strategy, 'drain.timeout.ms': 5_000 }, 3)
    const { reports } = asking(made, [1], async (drained) => {
      await Promise.resolve()
      return drained()
    })
    await passing(made, 4_000)
    expect(reports).toEqual([])
    await passing(made, 2_000)
    expect(reports).toMatchObject([{ outcome: 'deadline', partitions: [{ outcome: 'timed out', committed: 1n }] }])
    expectGone(made)
  })
})

describe('the outcome of a drain is that of the partition that ended worst', () => {
  const outcomes = async (
    made: Rig,
    pipeline: Parameters<typeof eachPartition>[0],
    meanwhile: () => void = () => undefined
  ) => {
    made.orders.pipe(eachPartition(pipeline)).subscribe({ error: () => undefined })
    made.clock.advance(1_000)
    const drained = made.orders.drain({ timeoutMs: 5_000 })
    meanwhile()
    made.clock.advance(10_000)
    const report = await outcomeOf(drained)
    return report === 'pending' ? report : [report.outcome, report.partitions.map(({ outcome }) => outcome)]
  }

  it('“failed” where a pipeline has ended before its records were settled', async () => {
    const made = rig(2, quick, 10)
    const done = await outcomes(made, (p) =>
      p.partition === 0
        ? p.pipe(take(3))
        : p.pipe(
            handle(() => undefined),
            commit()
          )
    )
    expect(done).toEqual(['failed', ['failed', 'drained']])
  })

  it('“failed” where the last commit is refused', async () => {
    const made = rig(2, { ...quick, 'enable.auto.commit': false }, 10)
    made.cluster.failNext('OffsetCommit', 12, 99)
    const done = await outcomes(made, (p) =>
      p.pipe(
        handle(() => undefined),
        commit({ withinMs: 100_000, every: 100 })
      )
    )
    expect(done).toEqual(['failed', ['failed', 'failed']])
  })

  it('“deadline” where the time of one is over', async () => {
    const made = rig(2, quick, 10)
    const done = await outcomes(made, (p) =>
      p.pipe(
        handle(() => (p.partition === 0 ? NEVER : undefined)),
        commit()
      )
    )
    expect(done).toEqual(['deadline', ['drained', 'timed out']])
  })

  it('“aborted” where one is lost meanwhile', async () => {
    const made = rig(2, quick, 10)
    const done = await outcomes(
      made,
      (p) =>
        p.pipe(
          handle(() => (p.partition === 0 ? NEVER : undefined)),
          commit()
        ),
      () => {
        made.cluster.failNext('Heartbeat', 25)
      }
    )
    expect(done).toEqual(['aborted', ['drained', 'aborted']])
  })

  it('“drained” where nobody ever subscribed to a partition', async () => {
    const made = rig(2, quick, 10)
    made.orders.subscribe()
    made.clock.advance(1_000)
    const drained = made.orders.drain()
    made.clock.advance(1_000)
    expect(await outcomeOf(drained)).toMatchObject({
      outcome: 'drained',
      partitions: [{ outcome: 'not subscribed' }, { outcome: 'not subscribed' }]
    })
  })
})

describe.each(protocols)('from a signal that aborts, under the %s protocol', (_name, strategy) => {
  it.each(['drain', 'close'] as const)(
    '%s() ends, each partition is reported once, and the next member continues',
    (act) => {
      const made = rig(3, { ...quick, ...strategy, 'session.timeout.ms': 6_000 }, 9)
      let completed = false
      made.orders
        .pipe(
          eachPartition((p) => {
            p.signal.addEventListener('abort', () => void made.orders[act]())
            return p.pipe(
              handle(() => (p.partition === 1 ? NEVER : undefined)),
              commit()
            )
          })
        )
        .subscribe({ complete: () => (completed = true) })
      made.clock.advance(1_000)
      made.cluster.failNext('Heartbeat', 25)
      made.clock.advance(10_000)
      expect(completed).toBe(true)
      expectGone(made)
      const ended = made.rebalances.flatMap((event) =>
        event._tag === 'lost' || event._tag === 'revoked' ? event.partitions : []
      )
      expect(sorted(ended.map(({ partition }) => partition))).toEqual(upTo(3))
    }
  )
})

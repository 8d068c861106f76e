import { mergeAll, type OperatorFunction } from 'rxjs'
import { describe, expect, it } from 'vitest'
import {
  aggregate,
  ack,
  atMostOnce,
  batch,
  type Carried,
  commit,
  type CommitEvent,
  type ConsumerRecord,
  eachPartition,
  fanOut,
  filterRecords,
  handle,
  mapValue
} from '../../../src/index.js'
import { marbles } from '../../../src/testing.js'
import { rig } from '../../support/rig.js'

const offsetsOf = (event: CommitEvent): readonly bigint[] => event.offsets.map(({ offset }) => offset)
const four = () => commit({ every: 4, withinMs: 10_000_000 })
type Batch = Carried<readonly ConsumerRecord[]>

/** What is stored of 20 records in batches of 10, one commit after the other. */
const storedOf = (last: OperatorFunction<Batch, unknown>): readonly (readonly bigint[])[] => {
  const { clock, orders, commits } = rig(1, { 'enable.auto.commit': false }, 20)
  orders.pipe(eachPartition((p) => p.pipe(batch<ConsumerRecord>({ records: 10 }), last))).subscribe()
  clock.advance(10_000)
  expect(commits.every(({ _tag }) => _tag === 'stored')).toBe(true)
  return commits.map(offsetsOf)
}

describe('commit({ every }) behind an aggregate stores all of it or nothing', () => {
  const whole = [[10n], [20n]]

  it('of a batch', () => {
    expect(storedOf(four())).toEqual(whole)
  })

  it('of a batch that was handled, or mapped', () => {
    expect(
      storedOf((source) =>
        source.pipe(
          handle(() => undefined),
          four()
        )
      )
    ).toEqual(whole)
    expect(
      storedOf((source) =>
        source.pipe(
          mapValue((records) => records.length),
          four()
        )
      )
    ).toEqual(whole)
  })

  it('of a batch in a batch', () => {
    expect(storedOf((source) => source.pipe(batch({ records: 1 }), four()))).toEqual(whole)
  })

  it('of a batch that a filter settles', () => {
    const second = filterRecords<Batch>((records) => records[0]?.offset !== 0n)
    // No commit() has seen the first batch: it is stored with the second.
    expect(storedOf((source) => source.pipe(second, four()))).toEqual([[20n]])
  })

  it('of a batch that failed and was skipped', () => {
    const failing = handle<Batch, unknown>(
      (one) => {
        if (one.value[0]?.offset === 10n) throw new Error('no')
      },
      { onFailure: 'skip' }
    )
    expect(storedOf((source) => source.pipe(failing, four()))).toEqual(whole)
  })

  it('of what a fanOut passes on once all branches have', () => {
    expect(
      storedOf((source) =>
        source.pipe(
          fanOut(
            (one) => one.pipe(handle(() => undefined)),
            (one) => one.pipe(ack())
          ),
          four()
        )
      )
    ).toEqual(whole)
  })

  it('of partitions that are batched together, all of them at once', () => {
    const { clock, orders, commits } = rig(2, { 'enable.auto.commit': false }, 20)
    orders.pipe(mergeAll(), batch({ records: 20 }), four()).subscribe()
    clock.advance(10_000)
    expect(commits.map(offsetsOf)).toEqual([[10n, 10n]])
  })

  it('of an aggregate of one’s own', () => {
    const { clock, orders, commits } = rig(1, { 'enable.auto.commit': false }, 6)
    const records: ConsumerRecord[] = []
    orders
      .pipe(
        eachPartition((p) =>
          p.pipe(
            (source) =>
              source.pipe(
                batch({ records: 6 }),
                mapValue((all) => all)
              ),
            (source) =>
              source.pipe(
                mapValue((all) => records.push(...all)),
                four()
              )
          )
        )
      )
      .subscribe()
    clock.advance(1_000)
    expect([commits.map(offsetsOf), aggregate(records).value.length]).toEqual([[[6n]], 6])
  })

  it(
    'in marble tests too',
    marbles(({ partition, expectCommits }) => {
      const orders = partition('-a-b-c-d-|')
      orders.stream.pipe(batch({ records: 4 }), commit({ every: 1 })).subscribe()
      expectCommits(orders).toBe('-------d')
    })
  )
})

describe('atMostOnce behind a batch', () => {
  it('passes it on once its last record is stored, not when only the one before is stored', () => {
    const { clock, orders, committed } = rig(1, { 'enable.auto.commit': false }, 20)
    const passed: (readonly [number, bigint | null | undefined])[] = []
    orders
      .pipe(
        eachPartition((p) =>
          p.pipe(
            batch<ConsumerRecord>({ records: 10 }),
            atMostOnce({ every: 10, withinMs: 10_000 }),
            mapValue((records) => passed.push([records.length, committed()[0]]))
          )
        )
      )
      .subscribe()
    clock.advance(60_000)
    expect(passed).toEqual([
      [10, 10n],
      [10, 20n]
    ])
  })
})

describe('commitSync', () => {
  it('acknowledges everything below its offset at once: no commit by count happens in between', async () => {
    const { clock, orders, commits } = rig(1, { 'enable.auto.commit': false }, 10)
    orders
      .pipe(
        eachPartition((p) =>
          p.pipe(
            handle(() => new Promise(() => undefined), { concurrency: 10 }),
            commit({ every: 4 })
          )
        )
      )
      .subscribe()
    clock.advance(100)
    const first = orders.commitSync([{ topic: 'orders', partition: 0, offset: 0n }])
    clock.advance(100)
    await first
    const asked = orders.commitSync([{ topic: 'orders', partition: 0, offset: 9n }])
    clock.advance(50)
    await asked
    expect(commits.map(offsetsOf)).toEqual([[0n], [9n]])
  })
})

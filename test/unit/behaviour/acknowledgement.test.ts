import * as t from 'io-ts'
import { merge, mergeAll, type OperatorFunction, share } from 'rxjs'
import { describe, expect, it } from 'vitest'
import {
  ack,
  atMostOnce,
  batch,
  type Carried,
  commit,
  type ConsumerRecord,
  deserialize,
  eachPartition,
  fanOut,
  filterRecords,
  filterValue,
  handle,
  json,
  mapValue,
  produceTo,
  writeTo
} from '../../../src/index.js'
import { acknowledge, manual, numberOf, parallel } from '../../support/handlers.js'
import { rig, type Rig } from '../../support/rig.js'
import { eachUnacknowledged } from '../../support/unacknowledged.js'

type Step = (made: Rig) => OperatorFunction<ConsumerRecord, Carried<unknown>>

const through = (step: Step): Rig & { readonly passed: readonly Carried<unknown>[] } => {
  const made = rig(1, { 'auto.commit.interval.ms': 100 }, 3)
  made.cluster.createTopic('copy', 1)
  const passed: Carried<unknown>[] = []
  made.orders.pipe(eachUnacknowledged((p) => p.pipe(step(made)))).subscribe((carried) => passed.push(carried))
  made.clock.advance(2_000)
  return { ...made, passed }
}

describe('R1: what settles', () => {
  const passers: readonly (readonly [string, Step])[] = [
    ['deserialize', () => deserialize({ value: json(t.number) })],
    ['handle', () => handle(() => 'done')],
    ['writeTo', () => writeTo(() => undefined)],
    ['mapValue', () => mapValue(() => 1)],
    ['filterRecords, of what it lets pass,', () => filterRecords(() => true)],
    [
      'filterValue, of what it lets pass,',
      () => filterValue((value): value is NonNullable<typeof value> => value !== null)
    ],
    ['batch', () => batch({ records: 1 })],
    ['produceTo', ({ cluster }) => produceTo(cluster, { topic: 'copy' })],
    ['fanOut', () => fanOut((o) => o.pipe(writeTo(() => undefined)))],
    ['a filter in a branch of fanOut', () => fanOut((o) => o.pipe(filterRecords(() => false)))],
    ['ack() in a branch of fanOut', () => fanOut((o) => o.pipe(ack<ConsumerRecord>()))]
  ]
  it.each(passers)('%s settles nothing, not even at a drain', async (_name, step) => {
    const { clock, orders, passed, committed } = through(step)
    expect(passed).toHaveLength(3)
    expect(orders.positions()).toMatchObject([{ inFlight: 3, uncommitted: { from: 0n, to: 3n } }])
    const drained = orders.drain({ timeoutMs: 1_000 })
    clock.advance(10_000)
    expect(await drained).toMatchObject({ partitions: [{ outcome: 'failed', committed: null, repeated: 3 }] })
    expect(committed()).toEqual([null])
  })

  it('an aggregate is acknowledged as a whole, whatever it was mapped to', () => {
    const { passed, clock, committed } = through(
      () => (source) =>
        source.pipe(
          batch({ records: 2, withinMs: 500 }),
          mapValue((list) => list.length)
        )
    )
    expect(passed.map(({ value }) => value)).toEqual([2, 1])
    acknowledge(...passed.slice(0, 1))
    clock.advance(1_000)
    expect(committed()).toEqual([2n])
  })

  it('settling is idempotent: a record acknowledged several times returns one credit and moves nothing else', () => {
    const { clock, orders, committed } = rig(1, { maxInFlight: 2, 'auto.commit.interval.ms': 100 }, 10)
    const records: ConsumerRecord[] = []
    orders.pipe(mergeAll()).subscribe((record) => records.push(record))
    clock.advance(500)
    expect(records).toHaveLength(2)
    acknowledge(...records.slice(0, 1), ...records.slice(0, 1), ...records.slice(0, 1))
    clock.advance(500)
    expect(records).toHaveLength(3)
    expect(committed()).toEqual([1n])
    // Long after it is out of the ledger, and after others have taken its slot.
    acknowledge(...records.slice(1, 3), ...records.slice(0, 1))
    clock.advance(500)
    expect([records.length, committed()]).toEqual([5, [3n]])
    expect(orders.positions()).toMatchObject([{ inFlight: 2 }])
  })

  it('settling is idempotent: acknowledged five times a record has overtaken the first one once', () => {
    const { clock, orders, events } = rig(1, { maxInFlight: 10 }, 10)
    const records: ConsumerRecord[] = []
    orders.pipe(mergeAll()).subscribe((record) => records.push(record))
    clock.advance(500)
    for (let times = 0; times < 5; times++) acknowledge(...records.slice(1, 2))
    clock.advance(500)
    expect(events).toEqual([])
    acknowledge(...records.slice(2, 6))
    expect(events).toMatchObject([{ _tag: 'unsettled', offset: 0n, overtakenBy: 5 }])
  })

  it('ack() and commit() in one pipeline acknowledge once', () => {
    const { clock, orders, committed } = rig(1, { maxInFlight: 2 }, 10)
    orders.pipe(eachPartition((p) => p.pipe(ack<ConsumerRecord>(), ack<ConsumerRecord>(), commit()))).subscribe()
    clock.advance(5_000)
    expect(committed()).toEqual([10n])
    expect(orders.positions()).toMatchObject([{ inFlight: 0, uncommitted: null }])
  })
})

describe('R4: a pipeline without ack() and commit()', () => {
  it('stops at maxInFlight and says after a second what to do', () => {
    const { clock, orders, events } = rig(1, {}, 1_500)
    let seen = 0
    orders
      .pipe(
        eachUnacknowledged((p) =>
          p.pipe(
            writeTo(() => {
              seen++
            })
          )
        )
      )
      .subscribe()
    clock.advance(900)
    expect([seen, events]).toEqual([1_000, []])
    clock.advance(200)
    expect(events).toMatchObject([{ _tag: 'starved', topic: 'orders', partition: 0, inFlight: 1_000 }])
    expect(events[0]?._tag === 'starved' && events[0].advice).toMatch(/put ack\(\) or commit\(\) last/)
    clock.advance(600_000)
    expect(seen).toBe(1_000)
    expect(events.filter(({ _tag }) => _tag === 'starved')).toHaveLength(1)
  })

  it('does not report starved while an operator holds a record: that is slow', () => {
    const { clock, orders, events } = rig(1, { maxInFlight: 3 }, 10)
    const work = manual()
    orders.pipe(eachUnacknowledged((p) => p.pipe(handle(work.handler, parallel)))).subscribe()
    clock.advance(10_000)
    expect(events).toEqual([])
    work.finish(0, 1)
    clock.advance(10_000)
    expect(events).toEqual([])
    work.finish(2)
    clock.advance(2_000)
    expect(events).toMatchObject([{ _tag: 'starved', inFlight: 3 }])
  })

  it('is not reported of a pipeline that acknowledges late', () => {
    const { clock, orders, events } = rig(1, { maxInFlight: 3 }, 10)
    const records: ConsumerRecord[] = []
    orders.pipe(mergeAll()).subscribe((record) => records.push(record))
    clock.advance(900)
    acknowledge(...records)
    clock.advance(900)
    expect(records).toHaveLength(6)
    expect(events).toEqual([])
  })
})

describe('R5: atMostOnce()', () => {
  it('passes a record on only when its offset is stored', () => {
    const { clock, orders, committed } = rig(1, {}, 5)
    const storedWhenSeen: (readonly [number, boolean])[] = []
    orders
      .pipe(
        eachPartition((p) =>
          p.pipe(
            atMostOnce({ every: 2, withinMs: 100 }),
            handle((record) => void storedWhenSeen.push([numberOf(record), (committed()[0] ?? 0n) > record.offset]))
          )
        )
      )
      .subscribe()
    clock.advance(1_000)
    expect(storedWhenSeen).toEqual([0, 1, 2, 3, 4].map((number) => [number, true]))
  })

  it('holds all records back while no offset can be stored, and loses none of them', () => {
    const { clock, cluster, orders, committed } = rig(1, {}, 3)
    cluster.failNext('OffsetCommit', 14, 5)
    const seen: number[] = []
    orders
      .pipe(
        eachPartition((p) =>
          p.pipe(
            atMostOnce(),
            handle((r) => void seen.push(numberOf(r)))
          )
        )
      )
      .subscribe()
    clock.advance(300)
    expect([seen, committed()]).toEqual([[], [null]])
    clock.advance(30_000)
    expect([seen, committed()]).toEqual([[0, 1, 2], [3n]])
  })

  it('never passes a record on a second time, though its handler failed', () => {
    const { clock, orders, committed, member } = rig(1, {}, 3)
    const seen: number[] = []
    const errors: unknown[] = []
    const pipeline = eachPartition((p: Parameters<Parameters<typeof eachPartition>[0]>[0]) =>
      p.pipe(
        atMostOnce({ every: 1 }),
        handle((record) => {
          seen.push(numberOf(record))
          if (numberOf(record) === 0) throw new Error('boom')
        })
      )
    )
    orders.pipe(pipeline).subscribe({ error: (error: unknown) => errors.push(error) })
    clock.advance(60_000)
    expect(errors).toHaveLength(1)
    const stored = Number(committed()[0])
    expect(stored).toBeGreaterThan(0)
    member().pipe(pipeline).subscribe()
    clock.advance(60_000)
    expect(seen).toEqual([0, ...[0, 1, 2].filter((number) => number >= stored)])
  })

  it('drops unemitted what is not stored by the end of a drain, and the next owner gets it', async () => {
    const { clock, cluster, orders, committed, member } = rig(1, {}, 3)
    cluster.failNext('OffsetCommit', 14, 20)
    const seen: string[] = []
    const reading =
      (name: string): OperatorFunction<ConsumerRecord, unknown> =>
      (source) =>
        source.pipe(
          atMostOnce(),
          handle((record) => void seen.push(`${name}${String(numberOf(record))}`))
        )
    orders.pipe(eachPartition((p) => p.pipe(reading('a')))).subscribe()
    clock.advance(500)
    const drained = orders.drain({ timeoutMs: 2_000 })
    clock.advance(3_000)
    expect(await drained).toMatchObject({
      outcome: 'deadline',
      partitions: [{ outcome: 'timed out', committed: null }]
    })
    expect([seen, committed()]).toEqual([[], [null]])
    member()
      .pipe(eachPartition((p) => p.pipe(reading('b'))))
      .subscribe()
    clock.advance(600_000)
    expect([seen, committed()]).toEqual([['b0', 'b1', 'b2'], [3n]])
  })

  it('emits during a drain what the last commit has stored', async () => {
    const { clock, orders, committed } = rig(1, {}, 3)
    const seen: number[] = []
    orders
      .pipe(
        eachPartition((p) =>
          p.pipe(
            atMostOnce({ every: 100, withinMs: 60_000 }),
            handle((record) => void seen.push(numberOf(record)))
          )
        )
      )
      .subscribe()
    clock.advance(500)
    expect(seen).toEqual([])
    const drained = orders.drain()
    clock.advance(500)
    expect(await drained).toMatchObject({ outcome: 'drained' })
    expect([seen, committed()]).toEqual([[0, 1, 2], [3n]])
  })
})

describe('share() and merge() before commit()', () => {
  it('acknowledge when the faster branch is done: the slower one’s work is not waited for', () => {
    const { clock, orders, committed } = rig(1, {}, 2)
    const work = manual()
    orders
      .pipe(
        eachPartition((p) => {
          const shared = p.pipe(share())
          return merge(shared.pipe(handle(work.handler, parallel)), shared.pipe(handle(() => undefined))).pipe(
            commit({ every: 1 })
          )
        })
      )
      .subscribe()
    clock.advance(500)
    expect(work.running()).toEqual([0, 1])
    expect(committed()).toEqual([2n])
  })

  it('are replaced by fanOut, which waits for the slowest', () => {
    const { clock, orders, committed } = rig(1, {}, 2)
    const work = manual()
    orders
      .pipe(
        eachPartition((p) =>
          p.pipe(
            fanOut(
              (o) => o.pipe(handle(work.handler, parallel)),
              (o) => o.pipe(handle(() => undefined))
            ),
            commit({ every: 1 })
          )
        )
      )
      .subscribe()
    clock.advance(500)
    work.finish(1)
    clock.advance(500)
    expect(committed()).toEqual([null])
    work.finish(0)
    clock.advance(500)
    expect(committed()).toEqual([2n])
  })
})

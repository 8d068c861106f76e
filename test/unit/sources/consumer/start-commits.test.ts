import { mergeAll } from 'rxjs'
import { describe, expect, it } from 'vitest'
import {
  ack,
  assign,
  atMostOnce,
  commit,
  type Consumer,
  type ConsumerRecord,
  eachPartition,
  handle
} from '../../../../src/index.js'
import { numberOf } from '../../../support/handlers.js'
import { group, rig, type Rig } from '../../../support/rig.js'
import { upTo } from '../../../support/witness.js'

const place = { topic: 'orders', partition: 0 }
const latest = { 'auto.offset.reset': 'latest' } as const
const manually = { ...latest, 'enable.auto.commit': false } as const

type Pipeline = (orders: Consumer, seen: number[]) => { subscribe: () => { unsubscribe: () => void } }

/** What has offsets stored, one way each. */
// prettier-ignore
const storing: readonly (readonly [string, object, Pipeline])[] = [
  ['auto commit', latest, (orders, seen) => orders.pipe(eachPartition((p) => p.pipe(handle((record) => void seen.push(numberOf(record))), ack())))],
  ['commit() in the pipeline of each partition', manually, (orders, seen) => orders.pipe(eachPartition((p) => p.pipe(handle((record) => void seen.push(numberOf(record))), commit())))],
  ['commit() behind a merge', manually, (orders, seen) => orders.pipe(mergeAll(), handle((record) => void seen.push(numberOf(record))), commit())],
  ['atMostOnce()', manually, (orders, seen) => orders.pipe(eachPartition((p) => p.pipe(atMostOnce<ConsumerRecord>(), handle((record) => void seen.push(numberOf(record))))))]
]

/** Handles every record, and commits after so many. */
const readAll = (orders: Consumer, every: number): void => {
  orders
    .pipe(
      eachPartition((p) =>
        p.pipe(
          handle(() => undefined),
          commit({ every })
        )
      )
    )
    .subscribe()
}

describe.each(storing)('the position that latest gave, with %s', (_name, config, pipeline) => {
  it('is stored at once though no record comes, once for all partitions', () => {
    const { clock, orders, committed, commits } = rig(3, config, 6)
    pipeline(orders, []).subscribe()
    clock.advance(10)
    expect(committed()).toEqual([2n, 2n, 2n])
    clock.advance(20_000)
    expect(commits.map((event) => [event._tag, 'trigger' in event && event.trigger])).toEqual([['stored', 'start']])
    expect(commits[0]?.offsets).toHaveLength(3)
  })

  it('is where the group goes on after a restart and after a crash', () => {
    const { clock, cluster, orders, member } = rig(1, config, 5)
    const first = pipeline(orders, []).subscribe()
    clock.advance(100)
    first.unsubscribe()
    for (const number of upTo(10)) cluster.produce('orders', { partition: 0, value: String(number) })
    clock.advance(1_000)
    const seen: number[] = []
    pipeline(member(), seen).subscribe()
    clock.advance(1_000)
    expect(seen).toEqual(upTo(10))
  })
})

describe('the position that latest gave', () => {
  it('is stored of partitions that came into being meanwhile', () => {
    const { clock, cluster, orders, committed } = rig(1, { ...latest, 'metadata.max.age.ms': 100 })
    orders.pipe(mergeAll(), ack()).subscribe()
    clock.advance(1_000)
    cluster.deleteTopic('orders')
    clock.advance(1_000)
    cluster.createTopic('orders', 1)
    clock.advance(10_000)
    expect(committed()).toEqual([0n])
  })

  it('is not stored without anything that stores implicitly, but by commitSync()', () => {
    const { clock, orders, committed } = rig(1, manually, 5)
    orders.pipe(mergeAll(), ack()).subscribe()
    clock.advance(60_000)
    expect(committed()).toEqual([null])
    void orders.commitSync()
    clock.advance(100)
    expect(committed()).toEqual([5n])
    void orders.drain()
    clock.advance(1_000)
    expect(committed()).toEqual([5n])
  })

  it('is not stored under assign without a group', () => {
    const { clock, member } = rig(1, {}, 5)
    const said: unknown[] = []
    const reader = member({
      'group.id': undefined as never,
      subscription: assign([{ ...place, from: 'committed' }]),
      ...manually
    })
    reader.commits.subscribe((event) => said.push(event))
    reader.pipe(eachPartition((p) => p.pipe(commit()))).subscribe()
    clock.advance(60_000)
    expect(said).toEqual([])
  })

  it('is stored under assign with a group', () => {
    const { clock, member, committed } = rig(1, {}, 5)
    member({ subscription: assign([{ ...place, from: 'committed' }]), ...manually })
      .pipe(eachPartition((p) => p.pipe(commit())))
      .subscribe()
    clock.advance(100)
    expect(committed()).toEqual([5n])
  })

  it('is tried again where the commit fails, and not lost by a drain meanwhile', async () => {
    const { clock, cluster, orders, committed } = rig(1, latest, 5)
    cluster.failNext('OffsetCommit', 14, 3)
    orders.pipe(mergeAll(), ack()).subscribe()
    clock.advance(10)
    const report = orders.drain()
    clock.advance(5_000)
    expect(await report).toMatchObject({ outcome: 'drained', partitions: [{ outcome: 'drained', committed: 5n }] })
    expect(committed()).toEqual([5n])
  })

  it('is not stored where the group has an offset', () => {
    const { clock, orders, member, commits } = rig(1, latest, 5)
    const first = member({ 'auto.offset.reset': 'earliest' })
    readAll(first, 1)
    clock.advance(100)
    void first.close()
    clock.advance(1_000)
    orders.pipe(mergeAll(), ack()).subscribe()
    clock.advance(60_000)
    expect(commits).toEqual([])
  })

  it('is stored where it replaces a position that is not in the log any more', () => {
    const made = rig(1, latest, 10)
    const { clock, cluster, orders, member, committed } = made
    const first = member({ 'auto.offset.reset': 'earliest' })
    first.pipe(eachPartition((p) => p.pipe(commit({ every: 1 })))).subscribe()
    clock.advance(100)
    void first.close()
    clock.advance(1_000)
    for (const number of upTo(20)) cluster.produce('orders', { partition: 0, value: String(number) })
    cluster.deleteRecords(place, 25n)
    orders.pipe(mergeAll(), ack()).subscribe()
    clock.advance(100)
    expect(committed()).toEqual([30n])
  })
})

describe('a position that is not in the log any more', () => {
  it('is a fault under offset.out.of.range fail, though a first start goes by auto.offset.reset', () => {
    const { clock, cluster, member, committed, events } = rig(1, { 'offset.out.of.range': 'fail' }, 10)
    const first = member()
    readAll(first, 1)
    clock.advance(100)
    expect(committed()).toEqual([10n])
    void first.close()
    clock.advance(1_000)
    for (const number of upTo(20)) cluster.produce('orders', { partition: 0, value: String(number) })
    cluster.deleteRecords(place, 25n)
    const errors: unknown[] = []
    const seen: unknown[] = []
    member()
      .pipe(mergeAll(), ack())
      .subscribe({ next: (record) => seen.push(record), error: (error: unknown) => errors.push(error) })
    clock.advance(60_000)
    expect(errors).toMatchObject([
      { fault: { _tag: 'OffsetOutOfRangeFault', ...place, offset: 10n, logStart: 25n, logEnd: 30n } }
    ])
    expect([seen, committed(), events]).toEqual([[], [10n], []])
  })
})

describe('a position that was sought', () => {
  const sought = (made: Rig, offset: bigint): void => {
    readAll(made.orders, 5)
    made.clock.advance(2_000)
    expect(made.committed()).toEqual([10n])
    made.orders.pause()
    made.orders.seek(place, { offset })
  }

  it('is stored by the next trigger, before any record of it is settled', () => {
    const made = rig(1, {}, 10)
    sought(made, 3n)
    made.clock.advance(900)
    expect(made.committed()).toEqual([10n])
    made.clock.advance(100)
    expect(made.committed()).toEqual([3n])
  })

  it('is stored by the last trigger', () => {
    const made = rig(1, {}, 10)
    sought(made, 3n)
    void made.orders.close()
    made.clock.advance(100)
    expect(made.committed()).toEqual([3n])
  })

  it('is not stored after the partition was lost', () => {
    const made = rig(1, {}, 10)
    sought(made, 3n)
    made.cluster.expireSession(group, made.cluster.describeGroup(group).members[0]?.memberId ?? '')
    made.orders.resume()
    made.clock.advance(60_000)
    expect(made.committed()).toEqual([10n])
  })
})

import { mergeAll } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { ack, type ConsumerEvent, type PartitionPosition } from '../../../src/index.js'
import { rig, type Rig } from '../../support/rig.js'

const orders0 = { topic: 'orders', partition: 0 }
const gapsOf = ({ events }: Rig): readonly ConsumerEvent[] => events.filter(({ _tag }) => _tag === 'gap')
const read = (made: Rig): readonly bigint[] => {
  const offsets: bigint[] = []
  made.orders.pipe(mergeAll(), ack()).subscribe((record) => offsets.push(record.offset))
  return offsets
}

describe('the event gap', () => {
  it('names what retention deleted before it was read, besides the reset', () => {
    const made = rig(1, { maxInFlight: 2, 'max.partition.fetch.bytes': 1 }, 20)
    const offsets = read(made)
    made.orders.pause([orders0])
    made.clock.advance(500)
    made.cluster.deleteRecords(orders0, 15n)
    made.orders.resume()
    made.clock.advance(5_000)
    expect(offsets).toEqual([15n, 16n, 17n, 18n, 19n])
    expect(made.events).toMatchObject([
      { _tag: 'gap', ...orders0, from: 0n, to: 15n, missing: 15n, cause: 'retention' },
      { _tag: 'reset', ...orders0, from: 0n, to: 15n }
    ])
  })

  it('names what was compacted away, once per fetch, and how many offsets', () => {
    const made = rig(1)
    for (const key of ['a', 'b', 'a', 'a', 'c', 'b', 'a'])
      made.cluster.produce('orders', { partition: 0, key, value: key })
    made.cluster.compact(orders0)
    const offsets = read(made)
    made.clock.advance(1_000)
    expect(offsets).toEqual([4n, 5n, 6n])
    expect(gapsOf(made)).toEqual([{ _tag: 'gap', ...orders0, from: 0n, to: 4n, missing: 4n, cause: 'compaction' }])
  })

  it('does not report markers of transactions, nor aborted records that are still in the log', () => {
    const made = rig(1, { 'isolation.level': 'read_committed' })
    made.cluster.produceTransaction('orders', 'commit', { partition: 0, value: '0' })
    made.cluster.produceTransaction('orders', 'abort', { partition: 0, value: 'no' })
    made.cluster.produce('orders', { partition: 0, value: '4' })
    const offsets = read(made)
    made.clock.advance(1_000)
    expect([offsets, made.events]).toEqual([[0n, 4n], []])
  })

  it('does not count offsets before the position at which reading began', () => {
    const made = rig(1)
    for (const key of ['a', 'b', 'a', 'b', 'c', 'a', 'd'])
      made.cluster.produce('orders', { partition: 0, key, value: key })
    const offsets = read(made)
    made.clock.advance(1_000)
    made.cluster.compact(orders0)
    made.orders.seek(orders0, { offset: 4n })
    made.clock.advance(1_000)
    expect(offsets.slice(7)).toEqual([4n, 5n, 6n])
    expect(gapsOf(made)).toEqual([])
  })
})

describe('positionUpdates', () => {
  const lagOf = (positions: readonly PartitionPosition[]): bigint | null | undefined => positions[0]?.lag

  it('gives the positions at once and every so often, with the true lag of what is paused', () => {
    const made = rig(1, {}, 3)
    read(made)
    made.clock.advance(1_000)
    made.orders.pause()
    made.clock.advance(1_000)
    const lags: unknown[] = []
    const updates = made.orders
      .positionUpdates({ everyMs: 1_000 })
      .subscribe((positions) => lags.push(lagOf(positions)))
    made.clock.advance(500)
    for (let number = 0; number < 7; number++) made.cluster.produce('orders', { partition: 0, value: 'later' })
    expect(made.orders.positions()[0]?.lag).toBe(0n)
    made.clock.advance(1_000)
    expect(lags).toEqual([0n, 7n])
    updates.unsubscribe()
    made.clock.advance(10_000)
    expect(lags).toHaveLength(2)
  })

  it('continues when the cluster does not answer, and before and after a subscription', () => {
    const made = rig(1, {}, 3)
    const lengths: number[] = []
    made.orders.positionUpdates({ everyMs: 1_000 }).subscribe((positions) => lengths.push(positions.length))
    made.clock.advance(1_500)
    read(made)
    made.clock.advance(1_000)
    made.cluster.failNext('ListOffsets', 'disconnect', 100)
    made.clock.advance(3_000)
    expect(lengths).toEqual([0, 0, 1, 1, 1])
  })
})

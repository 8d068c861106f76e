import { mergeAll } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { ack, commit, type ConsumerRecord, eachPartition, handle, type Position } from '../../../src/index.js'
import { acknowledge, manual, numberOf } from '../../support/handlers.js'
import { rig, type Rig } from '../../support/rig.js'

const orders0 = { topic: 'orders', partition: 0 }
const produce = ({ cluster }: Rig, count: number): void => {
  for (let number = 0; number < count; number++) cluster.produce('orders', { partition: 0, value: String(number) })
}

describe('pause and resume', () => {
  it('take effect within 100 ms, no matter what is being waited for', () => {
    for (let phase = 0; phase < 600; phase += 37) {
      const made = rig(2)
      const seen: number[] = []
      made.orders.pipe(mergeAll(), ack()).subscribe(() => seen.push(made.clock.now()))
      made.clock.advance(1_000)
      made.orders.pause([orders0])
      produce(made, 5)
      made.clock.advance(700 + phase)
      expect(seen).toEqual([])
      made.orders.resume([orders0])
      made.clock.advance(100)
      expect(seen).toHaveLength(5)
    }
  })

  it('stop what is fetched already', () => {
    const made = rig(1, { 'max.poll.records': 10 }, 100)
    const seen: number[] = []
    made.orders.pipe(mergeAll(), ack()).subscribe((record) => {
      seen.push(numberOf(record))
      if (seen.length === 25) made.orders.pause()
    })
    made.clock.advance(5_000)
    expect(seen).toHaveLength(25)
    expect(made.orders.positions()).toMatchObject([{ standing: 'paused' }])
    made.orders.resume()
    made.clock.advance(0)
    expect(seen).toHaveLength(100)
  })

  it.each([['range'], ['cooperative-sticky']] as const)('survive a rebalance (%s)', (assignor) => {
    const made = rig(2, { 'partition.assignment.strategy': [assignor] })
    const seen: number[] = []
    made.orders.pipe(mergeAll(), ack()).subscribe((record) => seen.push(record.partition))
    made.clock.advance(1_000)
    made.orders.pause()
    const other = made.member().subscribe()
    made.clock.advance(10_000)
    other.unsubscribe()
    made.clock.advance(20_000)
    produce(made, 3)
    made.cluster.produce('orders', { partition: 1, value: '0' })
    made.clock.advance(5_000)
    expect([seen, made.orders.positions().map(({ standing }) => standing)]).toEqual([[], ['paused', 'paused']])
    made.orders.resume()
    made.clock.advance(1_000)
    expect([...seen].sort()).toEqual([0, 0, 0, 1])
  })
})

describe('seek', () => {
  const positions: readonly (readonly [string, Position, readonly number[]])[] = [
    ['an offset', { offset: 7n }, [7, 8, 9]],
    ['a timestamp', { timestamp: 5_000 }, [5, 6, 7, 8, 9]],
    ['a timestamp behind all records', { timestamp: 99_000 }, []],
    ['the beginning', 'beginning', [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]],
    ['the end', 'end', []],
    ['what is committed', 'committed', [3, 4, 5, 6, 7, 8, 9]]
  ]

  it.each(positions)('continues at %s, while running', async (_what, position, expected) => {
    const made = rig(1, { 'enable.auto.commit': false })
    for (let number = 0; number < 10; number++)
      made.cluster.produce('orders', { partition: 0, value: String(number), timestamp: number * 1_000 })
    const seen: ConsumerRecord[] = []
    made.orders.pipe(mergeAll()).subscribe((record) => seen.push(record))
    made.clock.advance(1_000)
    acknowledge(...seen.slice(0, 3))
    void made.orders.commitSync()
    made.clock.advance(100)
    await Promise.resolve()
    expect([seen.length, made.committed()]).toEqual([10, [3n]])
    made.orders.seek(orders0, position)
    made.clock.advance(1_000)
    expect(seen.slice(10).map(numberOf)).toEqual(expected)
  })

  it('neither passes on nor commits what was delivered before it', () => {
    const made = rig(1, {}, 4)
    const work = manual()
    const passed: bigint[] = []
    made.orders
      .pipe(eachPartition((p) => p.pipe(handle(work.handler, { concurrency: 4, order: 'none' }), commit({ every: 1 }))))
      .subscribe(({ offset }) => passed.push(offset))
    made.clock.advance(100)
    expect(work.running()).toEqual([0, 1, 2, 3])
    made.orders.seek(orders0, { offset: 2n })
    work.finish(0, 1, 2, 3)
    made.clock.advance(10)
    expect([passed, made.committed()]).toEqual([[], [null]])
    made.clock.advance(1_000)
    work.finish(2, 3)
    made.clock.advance(100)
    expect(made.committed()).toEqual([4n])
  })
})

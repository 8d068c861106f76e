import { tap } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { ack, type ConsumerConfig, eachPartition, handle } from '../../../../src/index.js'
import { manual } from '../../../support/handlers.js'
import { rig, type Rig } from '../../../support/rig.js'

const p0 = { topic: 'orders', partition: 0 }
const said = { 'enable.partition.eof': true } as const

/** Partition and offset of each end that was reached, and when. */
const ends = (made: Rig): (readonly [number, bigint, number])[] => {
  const reached: (readonly [number, bigint, number])[] = []
  made.orders.events.subscribe((event) => {
    if (event._tag === 'end reached') reached.push([event.partition, event.offset, made.clock.now()])
  })
  return reached
}

const reading = (config: Partial<ConsumerConfig>, partitions: number, records: number) => {
  const made = rig(partitions, config, records)
  const reached = ends(made)
  const read: bigint[] = []
  made.orders
    .pipe(
      eachPartition((stream) =>
        stream.pipe(
          tap(({ offset }) => read.push(offset)),
          ack()
        )
      )
    )
    .subscribe()
  return { ...made, reached, read }
}

describe('the end of a partition', () => {
  it('is said once when it is reached, also of a partition with nothing in it, and not again while nothing comes', () => {
    const { clock, reached } = reading(said, 2, 1)
    clock.advance(60_000)
    expect(reached.map(([partition, offset]) => [partition, offset]).sort()).toEqual([
      [0, 1n],
      [1, 0n]
    ])
  })

  it('is said behind the last of its records, and again each time it has been behind', () => {
    const { clock, cluster, reached, read } = reading(said, 1, 5)
    clock.advance(1_000)
    expect([reached.map(([, offset]) => offset), read.length]).toEqual([[5n], 5])
    cluster.produce('orders', { value: '5' }, { value: '6' }, { value: '7' })
    clock.advance(1_000)
    cluster.produce('orders', { value: '8' })
    clock.advance(1_000)
    expect(reached.at(-1)?.[1]).toBe(9n)
    expect(new Set(reached.map(([, offset]) => offset)).size).toBe(reached.length)
  })

  it('is not said unless it was asked for', () => {
    const { clock, reached } = reading({}, 1, 1)
    clock.advance(10_000)
    expect(reached).toEqual([])
  })

  it('is said again after a seek', () => {
    const { clock, orders, reached } = reading(said, 1, 3)
    clock.advance(1_000)
    orders.seek(p0, 'beginning')
    clock.advance(1_000)
    orders.seek(p0, 'end')
    clock.advance(1_000)
    expect(reached.map(([, offset]) => offset)).toEqual([3n, 3n, 3n])
  })

  it('is not reached while records wait for credit', () => {
    const made = rig(1, { ...said, maxInFlight: 1 }, 2)
    const reached = ends(made)
    const work = manual()
    made.orders.pipe(eachPartition((records) => records.pipe(handle(work.handler), ack()))).subscribe()
    made.clock.advance(10_000)
    expect([work.running(), reached]).toEqual([[0], []])
    work.finish(0)
    made.clock.advance(0)
    expect([work.running(), reached]).toEqual([[1], [[0, 2n, 10_000]]])
  })

  it('is behind the markers and what was aborted, under read_committed before what is open', () => {
    const made = reading({ ...said, 'isolation.level': 'read_committed' }, 1, 0)
    made.cluster.produceTransaction('orders', 'abort', { value: 'x' })
    made.clock.advance(1_000)
    expect(made.reached.map(([, offset]) => offset)).toContain(2n)
    expect(made.read).toEqual([])
  })
})

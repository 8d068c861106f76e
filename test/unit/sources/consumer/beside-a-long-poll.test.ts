import { identity, repeat, type Subscription, take, tap } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { ack, type Consumer, consumer, eachPartition, subscribe } from '../../../../src/index.js'
import type { VirtualClock } from '../../../../src/testing/time/virtual-clock.js'
import { tappedCluster } from '../../../support/tapped-cluster.js'

const longestWaitMs = 25_000
const p0 = { topic: 'orders', partition: 0 }
const p1 = { topic: 'orders', partition: 1 }

interface Asked {
  readonly partitions: readonly number[]
  /** outside of the fetch session */
  readonly beside: boolean
  readonly at: number
}

interface Trial {
  readonly clock: VirtualClock
  readonly produce: (partition: number, ...values: readonly string[]) => void
  /** A member that reads all it is given; it subscribes to a partition again, once, after so many records. */
  readonly read: (again?: number) => { readonly reader: Consumer; readonly running: Subscription }
  /** partition, value, time */
  readonly delivered: (readonly [number, string, number])[]
  readonly asked: Asked[]
}

const trial = (): Trial => {
  const asked: Asked[] = []
  const delivered: (readonly [number, string, number])[] = []
  const { clock, cluster, produce } = tappedCluster(2, (calls, time) => ({
    fetch: (node, request) => {
      const beside = request.session.epoch < 0
      if (!beside || request.partitions.length > 0)
        asked.push({ partitions: request.partitions.map(({ partition }) => partition), beside, at: time.now() })
      return calls.fetch(node, request)
    }
  }))
  const read = (again = Infinity): { readonly reader: Consumer; readonly running: Subscription } => {
    const reader = consumer(cluster, {
      'group.id': 'g',
      'auto.offset.reset': 'earliest',
      'fetch.max.wait.ms': longestWaitMs,
      subscription: subscribe('orders')
    })
    const running = reader
      .pipe(
        eachPartition((records) =>
          records.pipe(
            tap(({ partition, value }) =>
              delivered.push([partition, Buffer.from(value ?? []).toString(), clock.now()])
            ),
            take(again),
            ack(),
            again === Infinity ? identity : repeat(2)
          )
        )
      )
      .subscribe()
    return { reader, running }
  }
  return { clock, produce, read, delivered, asked }
}

describe('beside the long poll of an idle partition', () => {
  it('a partition that is resumed is asked for at once', () => {
    const { clock, produce, read, delivered, asked } = trial()
    const { reader } = read()
    reader.pause([p0])
    clock.advance(10_000)
    produce(0, 'a')
    clock.advance(1_000)
    asked.length = 0
    reader.resume([p0])
    clock.advance(0)
    expect(asked[0]).toEqual({ partitions: [0], beside: true, at: 11_000 })
    expect(delivered).toEqual([[0, 'a', 11_000]])
  })

  it('and again, for as long as that long poll lasts: it is no part of it', () => {
    const { clock, produce, read, delivered, asked } = trial()
    const { reader } = read()
    reader.pause([p0])
    clock.advance(10_000)
    reader.resume([p0])
    clock.advance(10_010)
    produce(0, 'late')
    clock.advance(0)
    expect(delivered).toEqual([[0, 'late', 20_010]])
    // Then both are part of one long poll, and nothing is asked beside it.
    clock.advance(2 * longestWaitMs)
    asked.length = 0
    clock.advance(longestWaitMs)
    expect(asked.filter(({ beside }) => beside)).toEqual([])
    expect(asked.length).toBeLessThanOrEqual(2)
  })

  it('so is one whose stream is subscribed to again', () => {
    const { clock, produce, read, delivered, asked } = trial()
    read(1)
    clock.advance(10_000)
    produce(0, 'a', 'b')
    clock.advance(0)
    expect(delivered).toEqual([
      [0, 'a', 10_000],
      [0, 'b', 10_000]
    ])
    expect(asked.at(-1)).toEqual({ partitions: [0], beside: true, at: 10_000 })
  })

  it('so is one that is sought elsewhere, though that very poll asks for it at its former offset', () => {
    const { clock, produce, read, delivered, asked } = trial()
    const { reader } = read()
    produce(0, 'a')
    clock.advance(10_000)
    asked.length = 0
    delivered.length = 0
    reader.seek(p0, 'beginning')
    clock.advance(0)
    expect(asked[0]).toEqual({ partitions: [0], beside: true, at: 10_000 })
    expect(delivered).toEqual([[0, 'a', 10_000]])
  })

  it('so is one that is gained in a rebalance', () => {
    const { clock, produce, read, delivered, asked } = trial()
    const first = read()
    clock.advance(2_000)
    const second = read()
    clock.advance(10_000)
    expect(first.reader.positions().map(({ partition }) => partition)).toHaveLength(1)
    produce(0, 'a')
    produce(1, 'b')
    clock.advance(longestWaitMs)
    delivered.length = 0
    const gained: number[] = []
    first.reader.rebalances.subscribe((event) => {
      if (event._tag === 'assigned' && event.gained.length > 0) gained.push(clock.now())
    })
    const own = first.reader.positions().map(({ partition }) => partition)
    const other = own[0] === 0 ? p1 : p0
    second.running.unsubscribe()
    clock.advance(10)
    produce(other.partition, 'c')
    clock.advance(10_000)
    expect(gained).toHaveLength(1)
    expect(delivered).toEqual([[other.partition, 'c', gained[0]]])
    expect(
      asked.filter(({ beside, at }) => beside && at === gained[0]).map(({ partitions }) => partitions)
    ).toContainEqual([other.partition])
  })
})

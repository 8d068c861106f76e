import { Readable, Writable } from 'node:stream'
import { pipeline as streamPipeline } from 'node:stream/promises'
import { ReadableStream } from 'node:stream/web'
import { describe, expect, it } from 'vitest'
import {
  batch,
  type ConsumerRecord,
  deserialize,
  eachPartition,
  filterRecords,
  handle,
  isStale,
  type PartitionStream,
  records,
  type Records,
  settle,
  utf8
} from '../../../src/index.js'
import { numberOf } from '../../support/handlers.js'
import { rig, type Rig } from '../../support/rig.js'

/** Time and promises go on by turns, until it has come true. */
const until = async ({ clock }: Rig, isSo: () => boolean, what = 'it'): Promise<void> => {
  for (let passed = 0; !isSo(); passed += 10) {
    if (passed > 60_000) throw new Error(`${what} has not come true in a minute`)
    clock.advance(10)
    // Streams of Node go on by `nextTick`, after all promises.
    await new Promise(setImmediate)
  }
}
const passing = async (made: Rig, ms: number): Promise<void> => {
  const from = made.clock.now()
  await until(made, () => made.clock.now() - from >= ms)
}
/** While it is awaited time goes on. */
const meanwhile = async <A>(made: Rig, awaited: PromiseLike<A>): Promise<A> => {
  let over = false
  const ended = (): void => void (over = true)
  awaited.then(ended, ended)
  await until(made, () => over, 'the promise')
  return awaited
}

const quick = { 'heartbeat.interval.ms': 100, 'drain.timeout.ms': 5_000 } as const
const delivered = ({ orders }: Rig): number => orders.positions().reduce((sum, one) => sum + one.delivered, 0)

describe('records', () => {
  it('yields each partition in the order of its log, and each step acknowledges the record before', async () => {
    const made = rig(2, quick, 6)
    const seen: number[] = []
    const looping = (async () => {
      for await (const record of records(made.orders)) {
        seen.push(numberOf(record))
        if (seen.length === 6) void made.orders.drain()
      }
    })()
    await meanwhile(made, looping)
    expect([0, 1].map((partition) => seen.filter((number) => number % 2 === partition))).toEqual([[0, 2, 4], [1, 3, 5]]) // prettier-ignore
    expect(made.committed()).toEqual([3n, 3n])
  })

  it('delivers no second record of a partition before the next step', async () => {
    const made = rig(1, quick, 50)
    const loop = records(made.orders)[Symbol.asyncIterator]()
    for (let step = 1; step <= 3; step++) {
      await meanwhile(made, loop.next())
      await passing(made, 2_000)
      expect(delivered(made)).toBe(step)
    }
    expect(made.committed()).toEqual([2n])
    expect(made.events).toEqual([])
    await meanwhile(made, loop.return())
  })

  it.each(['break', 'throw', 'return'] as const)(
    'commits nothing beyond what is acknowledged when the loop ends by %s, and the record is delivered again',
    async (how) => {
      const made = rig(1, quick, 10)
      const left = async (): Promise<void> => {
        for await (const record of records(made.orders)) {
          if (numberOf(record) < 3) continue
          if (how === 'throw') throw new Error('boom')
          if (how === 'return') return
          break
        }
      }
      const outcome = await meanwhile(
        made,
        left().then(
          () => 'left',
          (error: unknown) => String(error)
        )
      )
      expect(outcome).toBe(how === 'throw' ? 'Error: boom' : 'left')
      // It has left the group by then: nothing is to be waited for.
      expect([made.committed(), made.orders.status().phase]).toEqual([[3n], 'left'])
      const again = records(made.orders)[Symbol.asyncIterator]()
      const { value } = await meanwhile(made, again.next())
      expect(value === undefined ? null : numberOf(value)).toBe(3)
      await meanwhile(made, again.return())
    }
  )

  it('stores what was acknowledged by hand before the loop ends, the current record too', async () => {
    const made = rig(1, quick, 10)
    const looping = (async () => {
      for await (const record of records(made.orders)) {
        record.ack()
        if (numberOf(record) === 3) break
      }
    })()
    await meanwhile(made, looping)
    expect(made.committed()).toEqual([4n])
  })

  it('takes acknowledgements by hand in any order, and commits up to the first that is missing', async () => {
    const made = rig(1, quick, 10)
    const taken: ConsumerRecord[] = []
    const looping = (async () => {
      for await (const record of records(made.orders, { ack: 'by hand', withinMs: 100 })) taken.push(record)
    })()
    await until(made, () => taken.length === 10)
    for (const index of [0, 1, 3, 4]) taken[index]?.ack()
    await passing(made, 1_000)
    expect(made.committed()).toEqual([2n])
    const second = taken[2]
    if (second !== undefined) settle(second)
    await passing(made, 1_000)
    expect(made.committed()).toEqual([5n])
    const draining = made.orders.drain()
    for (const record of taken) record.ack()
    await meanwhile(made, Promise.all([draining, looping]))
    expect(made.committed()).toEqual([10n])
  })

  it('yields no more than inFlight records that are not acknowledged', async () => {
    const made = rig(1, quick, 10)
    const taken: ConsumerRecord[] = []
    const looping = (async () => {
      for await (const record of records(made.orders, { ack: 'by hand', inFlight: 3 })) taken.push(record)
    })()
    await passing(made, 3_000)
    expect(taken.length).toBe(3)
    taken[1]?.ack()
    await passing(made, 1_000)
    expect(taken.map(numberOf)).toEqual([0, 1, 2, 3])
    await meanwhile(made, Promise.all([made.orders.close(), looping]))
    expect(made.committed()).toEqual([null])
  })

  it('releases a partition to another member when the current record is acknowledged', async () => {
    const made = rig(2, quick, 40)
    const seen: number[] = []
    let go: () => void = () => undefined
    const looping = (async () => {
      for await (const record of records(made.orders)) {
        seen.push(numberOf(record))
        if (seen.length === 4) await new Promise<void>((done) => (go = done))
      }
    })()
    await until(made, () => seen.length === 4)
    const other: number[] = []
    const others = made.member()
    const otherLoop = (async () => {
      for await (const record of records(others)) other.push(numberOf(record))
    })()
    await passing(made, 2_000)
    expect([other, made.rebalances.map(({ _tag }) => _tag)]).toEqual([[], ['assigned', 'revoking']])
    go()
    await until(made, () => seen.length + other.length === 40, 'all records')
    expect([...seen, ...other].sort((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, number) => number))
    await meanwhile(made, Promise.all([made.orders.drain(), others.drain(), looping, otherLoop]))
    expect(made.committed()).toEqual([20n, 20n])
  })

  it('continues without what was lost: a late acknowledgement does nothing, and the record is delivered again', async () => {
    const made = rig(1, quick, 10)
    const loop = records(made.orders)[Symbol.asyncIterator]()
    const first = await meanwhile(made, loop.next())
    made.cluster.expireSession('billing', made.cluster.describeGroup('billing').members[0]?.memberId ?? '')
    await until(made, () => made.rebalances.some(({ _tag }) => _tag === 'lost'), 'the loss')
    expect(first.value !== undefined && isStale(first.value)).toBe(true)
    first.value?.ack()
    const second = await meanwhile(made, loop.next())
    expect(second.value === undefined ? null : numberOf(second.value)).toBe(0)
    await meanwhile(made, loop.return())
    expect(made.committed()).toEqual([null])
  })

  it('throws what the consumer errors with, once, and ends', async () => {
    const made = rig(1, quick, 3)
    const failing = (partition: PartitionStream) =>
      partition.pipe(handle((record) => (numberOf(record) === 1 ? Promise.reject(new Error('boom')) : record.value)))
    const loop = records(made.orders, { pipeline: failing })[Symbol.asyncIterator]()
    await meanwhile(made, loop.next())
    await expect(meanwhile(made, loop.next())).rejects.toThrow('boom')
    expect(await loop.next()).toEqual({ done: true, value: undefined })
    expect(made.committed()).toEqual([1n])
  })

  it('runs the operators before the loop, and requests more if these keep records back', async () => {
    const made = rig(1, quick, 10)
    const even = (partition: PartitionStream) =>
      partition.pipe(
        deserialize({ value: utf8 }),
        filterRecords((value) => Number(value) % 2 === 0)
      )
    const seen: string[] = []
    const looping = (async () => {
      for await (const { value } of records(made.orders, { pipeline: even })) {
        seen.push(value)
        if (value === '8') break
      }
    })()
    await meanwhile(made, looping)
    expect([seen, made.committed()]).toEqual([['0', '2', '4', '6', '8'], [8n]])
  })

  it('gives batches, which are acknowledged as one', async () => {
    const made = rig(1, quick, 10)
    const batched = (partition: PartitionStream) => partition.pipe(batch({ records: 4 }))
    const sizes: number[] = []
    const looping = (async () => {
      for await (const { value } of records(made.orders, { pipeline: batched, inFlight: 4 })) {
        sizes.push(value.length)
        if (sizes.length === 2) break
      }
    })()
    await meanwhile(made, looping)
    expect([sizes, made.committed()]).toEqual([[4, 4], [4n]])
  })

  it('loops over one partition, and its end is the end of the pipeline', async () => {
    const made = rig(2, quick, 6)
    const seen: number[] = []
    const body = async (partition: PartitionStream): Promise<void> => {
      for await (const record of records(partition)) {
        seen.push(numberOf(record))
        await Promise.resolve()
      }
    }
    let completed = false
    made.orders.pipe(eachPartition(body)).subscribe({ complete: () => (completed = true) })
    await until(made, () => seen.length === 6)
    await meanwhile(made, made.orders.drain())
    expect([completed, made.committed()]).toEqual([true, [3n, 3n]])
  })

  it('ends the loop over a partition that is lost', async () => {
    const made = rig(1, quick, 6)
    let ended = 0
    const body = async (partition: PartitionStream): Promise<void> => {
      for await (const record of records(partition, { ack: 'by hand' })) expect(numberOf(record)).toBeLessThan(6)
      ended++
    }
    made.orders.pipe(eachPartition(body)).subscribe()
    await until(made, () => delivered(made) === 6)
    made.cluster.expireSession('billing', made.cluster.describeGroup('billing').members[0]?.memberId ?? '')
    await until(made, () => ended === 1, 'the end')
    await meanwhile(made, made.orders.close())
    expect(made.committed()).toEqual([null])
  })

  it('counts a body that never ends as a handler that hangs', async () => {
    const made = rig(1, { ...quick, 'max.poll.interval.ms': 20_000 }, 3)
    const loop = records(made.orders)[Symbol.asyncIterator]()
    await meanwhile(made, loop.next())
    await until(made, () => made.events.some(({ _tag }) => _tag === 'stalled'), 'the event')
    expect(made.events.map(({ _tag }) => _tag)).toEqual(['slow', 'stalled'])
    await meanwhile(made, loop.return())
  })

  it('refuses options that it cannot work with, all at once', () => {
    const { orders } = rig(1)
    const wrong = { ack: 'next', inflight: 3, every: 0 } as object
    expect(() => records(orders, wrong)).toThrow(/ack.*\n.*inflight.*inFlight.*\n.*every|every/s)
    expect(() => records('orders' as never)).toThrow('a consumer, or a partition of one')
  })
})

describe.each([
  ['Readable.from', (all: Records<ConsumerRecord>) => Readable.from(all)],
  ['ReadableStream.from', (all: Records<ConsumerRecord>) => ReadableStream.from(all)]
] as const)('records by %s', (_name, bridge) => {
  it('are acknowledged by hand behind its buffers, and what is read ahead stays unacknowledged', async () => {
    const made = rig(1, quick, 10)
    const stream = bridge(records(made.orders, { ack: 'by hand', inFlight: 4 }))
    const seen: number[] = []
    const reading = (async () => {
      for await (const record of stream as AsyncIterable<ConsumerRecord>) {
        seen.push(numberOf(record))
        if (seen.length === 6) break
        record.ack()
      }
    })()
    await meanwhile(made, reading)
    await meanwhile(made, made.orders.close())
    expect([seen, made.committed()]).toEqual([[0, 1, 2, 3, 4, 5], [5n]])
    expect(delivered(made)).toBeLessThanOrEqual(5 + 4)
  })
})

describe('records that are acknowledged by the request for the next one', () => {
  const refusal = "records: ack is 'on next', allowed is 'by hand' in a stream, which reads ahead"

  it.each([
    ['Readable.from', (all: Records<ConsumerRecord>) => Readable.from(all)],
    ['ReadableStream.from', (all: Records<ConsumerRecord>) => ReadableStream.from(all)]
  ] as const)('are refused by %s', (_name, bridge) => {
    const { orders } = rig(1)
    // @ts-expect-error the compiler refuses it too
    const all: Records<ConsumerRecord> = records(orders)
    expect(() => bridge(all)).toThrow(refusal)
  })

  it('are refused by a pipeline of streams', async () => {
    const all = records(rig(1).orders) as unknown as Records<ConsumerRecord>
    const store = new Writable({ objectMode: true })
    await expect(streamPipeline(all, store)).rejects.toThrow(refusal)
  })

  it('are accepted by a loop that a pipeline of streams runs', async () => {
    const made = rig(1, quick, 3)
    const seen: number[] = []
    const loop = async function* (): AsyncGenerator<number> {
      for await (const record of records(made.orders)) yield numberOf(record)
    }
    const running = streamPipeline(loop, async (numbers: AsyncIterable<number>) => {
      for await (const number of numbers) if (seen.push(number) === 3) void made.orders.drain()
    })
    await meanwhile(made, running)
    expect([seen, made.committed()]).toEqual([[0, 1, 2], [3n]])
  })
})

it('a Readable of records that is destroyed closes the consumer', async () => {
  const made = rig(1, quick, 10)
  const sink = async (source: AsyncIterable<ConsumerRecord>): Promise<void> => {
    for await (const record of source) {
      if (numberOf(record) === 2) throw new Error('full')
      record.ack()
    }
  }
  const running = streamPipeline(Readable.from(records(made.orders, { ack: 'by hand' })), sink)
  await expect(meanwhile(made, running)).rejects.toThrow('full')
  await until(made, () => made.orders.status().phase === 'left', 'the end')
  expect(made.committed()).toEqual([2n])
})

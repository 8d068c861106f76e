import * as t from 'io-ts'
import { mergeAll, NEVER, type OperatorFunction } from 'rxjs'
import { describe, expect, it } from 'vitest'
import {
  ack,
  atMostOnce,
  batch,
  type Carried,
  type Cluster,
  commit,
  consumer,
  type ConsumerRecord,
  deadLetter,
  deserialize,
  eachPartition,
  fanOut,
  filterRecords,
  filterValue,
  handle,
  json,
  produceTo,
  subscribe,
  writeTo
} from '../../../src/index.js'
import { acknowledge, manual, numberOf, parallel } from '../../support/handlers.js'
import { rig, type Rig } from '../../support/rig.js'
import { eachUnacknowledged } from '../../support/unacknowledged.js'

type Step = OperatorFunction<ConsumerRecord, Carried<unknown>>

const notTwo = t.refinement(t.number, (number) => number !== 2, 'not 2')
const failAtTwo = (record: ConsumerRecord): void => {
  if (numberOf(record) === 2) throw new Error('boom')
}

describe('settled', () => {
  const ways: readonly (readonly [string, Step])[] = [
    ['filterRecords refuses', filterRecords((_value, record) => numberOf(record) !== 2)],
    [
      'filterValue refuses',
      filterValue((value): value is NonNullable<typeof value> => new TextDecoder().decode(value ?? undefined) !== '2')
    ],
    ['handle skips', handle(failAtTwo, { onFailure: 'skip' })],
    ['writeTo skips', writeTo(failAtTwo, { onFailure: 'skip' })],
    ['deserialize skips', deserialize({ value: json(notTwo) }, { onFailure: 'skip' })]
  ]
  it.each(ways)('is a record that %s: the committable offset moves past it', (_way, step) => {
    const { clock, orders, committed } = rig(1, {}, 4)
    const passed: Carried<unknown>[] = []
    orders.pipe(eachUnacknowledged((p) => p.pipe(step))).subscribe((carried) => passed.push(carried))
    clock.advance(100)
    expect(passed).toHaveLength(3)
    acknowledge(...passed.slice(0, 2))
    clock.advance(10_000)
    // 0 and 1 were acknowledged, 2 never came out, 3 is open.
    expect(committed()).toEqual([3n])
  })

  it.each([
    ['ack()', ack<ConsumerRecord>()],
    ['commit()', commit()]
  ] as readonly (readonly [string, OperatorFunction<ConsumerRecord, unknown>])[])(
    'is what %s acknowledges',
    (_n, last) => {
      const { clock, orders, committed } = rig(1, {}, 3)
      orders.pipe(eachPartition((p) => p.pipe(last))).subscribe()
      clock.advance(10_000)
      expect(committed()).toEqual([3n])
    }
  )

  const letters: readonly (readonly [string, (made: Rig) => Step])[] = [
    ['handle', ({ cluster }) => handle(failAtTwo, { onFailure: deadLetter(cluster, { topic: 'dead' }) })],
    [
      'deserialize',
      ({ cluster }) => deserialize({ value: json(notTwo) }, { onFailure: deadLetter(cluster, { topic: 'dead' }) })
    ]
  ]
  it.each(letters)('is a dead letter of %s once the write is confirmed, not before', (_operator, step) => {
    const made = rig(1, {}, 4)
    const { clock, cluster, orders, committed } = made
    cluster.createTopic('dead', 1)
    cluster.failNext('Produce', 'disconnect', 10)
    orders.pipe(eachPartition((p) => p.pipe(step(made), commit({ every: 1 })))).subscribe()
    clock.advance(2_000)
    expect([committed(), cluster.logEnd({ topic: 'dead', partition: 0 })]).toEqual([[2n], 0n])
    clock.advance(120_000)
    expect([committed(), cluster.logEnd({ topic: 'dead', partition: 0 })]).toEqual([[4n], 1n])
  })

  it('is not a record that was only delivered, decoded, handled, written or collected', () => {
    const made = rig(1, {}, 3)
    const { clock, cluster, orders, committed } = made
    cluster.createTopic('copy', 1)
    orders
      .pipe(
        eachUnacknowledged((p) =>
          p.pipe(
            deserialize({ value: json(t.number) }),
            handle((record) => record.value),
            produceTo(cluster, { topic: 'copy', record: (record) => ({ value: String(record.value) }) }),
            batch({ records: 1 })
          )
        )
      )
      .subscribe()
    clock.advance(20_000)
    expect(cluster.logEnd({ topic: 'copy', partition: 0 })).toBe(3n)
    expect(committed()).toEqual([null])
  })
})

describe('credit', () => {
  /** Acknowledged before the step, so that the step alone can keep the credit; gives how many came before it. */
  const heldBy = (step: (made: Rig) => OperatorFunction<ConsumerRecord, unknown>): number => {
    const made = rig(1, { maxInFlight: 3, 'auto.commit.interval.ms': 100 }, 10)
    made.cluster.createTopic('copy', 1)
    made.cluster.failNext('Produce', 'disconnect', 1_000)
    let delivered = 0
    made.orders
      .pipe(
        eachPartition((p) =>
          p.pipe(
            writeTo(() => {
              delivered++
            }),
            ack<ConsumerRecord>(),
            step(made)
          )
        )
      )
      .subscribe()
    made.clock.advance(50)
    return delivered
  }

  const holders: readonly (readonly [string, (made: Rig) => OperatorFunction<ConsumerRecord, unknown>])[] = [
    ['runs in handle', () => handle(() => NEVER, parallel)],
    ['is queued in handle', () => handle(() => NEVER)],
    ['waits for its key in writeTo', () => writeTo(() => NEVER, { concurrency: 9, order: () => 'one' })],
    [
      'is tried again by handle',
      () =>
        handle(
          () => {
            throw new Error('boom')
          },
          { retry: { attempts: 9, backoff: { _tag: 'Backoff', delayMs: () => 1_000 } } }
        )
    ],
    [
      'waits for its dead letter',
      ({ cluster }) =>
        handle(
          () => {
            throw new Error('boom')
          },
          { ...parallel, onFailure: deadLetter(cluster, { topic: 'copy' }) }
        )
    ],
    ['is held by a branch of fanOut', () => fanOut((o) => o.pipe(writeTo(() => NEVER, parallel)))]
  ]
  it.each(holders)('is not back while the record %s, though it is settled', (_where, step) => {
    expect(heldBy(step)).toBe(3)
  })

  it('is back as soon as nothing holds the settled record', () => {
    expect(heldBy(() => handle(() => undefined))).toBe(10)
    expect(heldBy(() => batch({ records: 2 }))).toBe(10)
  })

  it('is kept by a record that waits in batch() or in atMostOnce()', () => {
    const collected = rig(1, { maxInFlight: 3 }, 10)
    collected.orders
      .pipe(
        eachPartition((p) =>
          p.pipe(
            ack<ConsumerRecord>(),
            batch({ records: 3, withinMs: 60_000 }),
            handle(() => NEVER)
          )
        )
      )
      .subscribe()
    collected.clock.advance(50)
    expect(collected.orders.positions()).toMatchObject([{ inFlight: 3, position: 3n, standing: 'no credit' }])
    const waiting = rig(1, { maxInFlight: 3 }, 10)
    waiting.cluster.failNext('OffsetCommit', 14, 1_000)
    waiting.orders.pipe(eachPartition((p) => p.pipe(atMostOnce()))).subscribe()
    waiting.clock.advance(5_000)
    expect(waiting.orders.positions()).toMatchObject([
      { inFlight: 3, position: 3n, standing: 'commit failing', fault: { name: 'COORDINATOR_LOAD_IN_PROGRESS' } }
    ])
  })

  it('is used by a record that no operator holds and nothing has settled', () => {
    const { clock, orders } = rig(1, { maxInFlight: 3 }, 10)
    orders.pipe(mergeAll()).subscribe()
    clock.advance(100)
    expect(orders.positions()).toMatchObject([{ inFlight: 3, position: 3n, standing: 'no credit' }])
  })

  it('comes back one by one, in whatever order the records are settled', () => {
    const { clock, orders } = rig(1, { maxInFlight: 3 }, 10)
    const work = manual()
    orders.pipe(eachPartition((p) => p.pipe(handle(work.handler, parallel), commit()))).subscribe()
    clock.advance(100)
    expect(work.running()).toEqual([0, 1, 2])
    work.finish(2)
    clock.advance(100)
    expect(work.running()).toEqual([0, 1, 3])
    work.finish(0, 3)
    clock.advance(100)
    expect(work.running()).toEqual([1, 4, 5])
  })

  it('belongs to one partition: without it nothing of that one is delivered, and the others continue', () => {
    const { clock, orders } = rig(3, { maxInFlight: 2 }, 30)
    const seen = [0, 0, 0]
    orders
      .pipe(
        eachPartition((p) =>
          p.pipe(
            handle(({ partition }) => {
              seen[partition] = (seen[partition] ?? 0) + 1
              return partition === 1 ? NEVER : undefined
            }, parallel),
            commit()
          )
        )
      )
      .subscribe()
    clock.advance(1_000)
    expect(seen).toEqual([10, 2, 10])
  })

  it('that is used up lets the buffer fill up and stops fetching this partition, but not the others', () => {
    const { clock, cluster } = rig(2)
    const value = 'x'.repeat(1_000)
    for (let number = 0; number < 200; number++) cluster.produce('orders', { partition: number % 2, value })
    const bytes = [0, 0]
    const counting: Cluster = {
      ...cluster,
      openConsumer: (settings, handlers) =>
        cluster.openConsumer(settings, {
          ...handlers,
          records: (fetched) => {
            const { partition } = fetched.run
            bytes[partition] = (bytes[partition] ?? 0) + fetched.run.bytes
            handlers.records(fetched)
          }
        })
    }
    const reader = consumer(counting, {
      'group.id': 'g',
      'auto.offset.reset': 'earliest',
      subscription: subscribe('orders'),
      maxInFlight: 1,
      'max.partition.fetch.bytes': 5_000
    })
    reader
      .pipe(
        eachPartition((p) =>
          p.pipe(
            handle(({ partition }) => (partition === 0 ? NEVER : undefined)),
            commit()
          )
        )
      )
      .subscribe()
    clock.advance(60_000)
    expect(bytes[0]).toBeGreaterThan(0)
    expect(bytes[0]).toBeLessThanOrEqual(15_000)
    expect(bytes[1]).toBeGreaterThan(100_000)
  })
})

describe('the two limits of a partition', () => {
  it('are 1,000 records in flight and 100,000 uncommitted ones by default', () => {
    const flight = rig(1, {}, 1_500)
    flight.orders.pipe(mergeAll()).subscribe()
    flight.clock.advance(1_000)
    expect(flight.orders.positions()).toMatchObject([{ inFlight: 1_000, standing: 'no credit' }])

    const { clock, cluster, orders } = rig(1)
    cluster.produce('orders', ...Array.from({ length: 100_500 }, (_, number) => ({ value: String(number) })))
    orders.pipe(mergeAll()).subscribe((record) => {
      if (record.offset > 0n) acknowledge(record)
    })
    clock.advance(10_000)
    expect(orders.positions()).toMatchObject([{ inFlight: 1, position: 100_000n, standing: 'commit range full' }])
  })

  it('stop one partition each', () => {
    const { clock, orders } = rig(2, { maxUncommitted: 4 }, 40)
    orders.pipe(mergeAll()).subscribe((record) => {
      if (numberOf(record) !== 0) acknowledge(record)
    })
    clock.advance(1_000)
    expect(orders.positions()).toMatchObject([
      { partition: 0, uncommitted: { from: 0n, to: 4n }, standing: 'commit range full' },
      { partition: 1, uncommitted: null, position: 20n, standing: 'no data' }
    ])
  })

  it('let the partition continue once the hung record is settled', () => {
    const { clock, orders } = rig(1, { maxUncommitted: 4 }, 20)
    const hung: ConsumerRecord[] = []
    orders.pipe(mergeAll()).subscribe((record) => {
      if (numberOf(record) === 0) hung.push(record)
      else acknowledge(record)
    })
    clock.advance(1_000)
    acknowledge(...hung)
    clock.advance(1_000)
    expect(orders.positions()).toMatchObject([{ inFlight: 0, position: 20n, standing: 'no data' }])
  })
})

import { Observable } from 'rxjs'
import { describe, expect, it } from 'vitest'
import {
  ack,
  batch,
  commit,
  type Consumer,
  type ConsumerRecord,
  delayUntil,
  eachPartition,
  fanOut,
  handle,
  shareConsumer,
  subscribe,
  writeTo
} from '../../../src/index.js'
import { rig, type Rig } from '../../support/rig.js'

const textOf = (record: { readonly value: Uint8Array | null }): string =>
  new TextDecoder().decode(record.value ?? undefined)
/** A value is its time. */
const due = (record: ConsumerRecord): number => Number(textOf(record))

interface Seen {
  readonly made: Rig
  readonly seen: string[]
  readonly run: (consumer: Consumer) => void
}

/** Handles records at the times that their values say, and notes when. */
const delayed = (values: readonly (number | string)[], partitions = 1): Seen => {
  const made = rig(partitions)
  values.forEach((value, index) => {
    made.cluster.produce('orders', { partition: index % partitions, key: 'k', value: String(value) })
  })
  const seen: string[] = []
  const run = (consumer: Consumer): void => {
    consumer
      .pipe(
        eachPartition((p) =>
          p.pipe(
            delayUntil(due),
            handle((record) => {
              seen.push(`${textOf(record)} at ${String(made.clock.now())}`)
            }),
            commit({ every: 1 })
          )
        )
      )
      .subscribe({ error: (error: unknown) => seen.push(String(error)) })
  }
  run(made.orders)
  return { made, seen, run }
}

describe('delayUntil', () => {
  it('passes each record on when it is due, in order, and commits up to the one that waits', () => {
    const { made, seen } = delayed([0, 5_000, 4_000, 9_000])
    made.clock.advance(4_900)
    expect([seen.length, made.committed()]).toEqual([1, [1n]])
    made.clock.advance(3_000)
    expect([seen.slice(1), made.committed()]).toEqual([['5000 at 5000', '4000 at 5000'], [3n]])
    made.clock.advance(3_000)
    expect([seen.slice(3), made.committed()]).toEqual([['9000 at 9000'], [4n]])
  })

  it('keeps no record of a waiting partition in memory, and shows until when it waits', () => {
    const { made } = delayed([0, ...Array.from({ length: 500 }, (_, index) => 60_000 + index)])
    made.clock.advance(5_000)
    expect(made.orders.positions()).toMatchObject([
      { position: 2n, inFlight: 0, heldUpBy: 'the next record is due at 60000 (ms since 1970)' }
    ])
  })

  it('reads the other partitions meanwhile', () => {
    const { made, seen } = delayed([60_000, 0, 60_000, 1, 60_000, 2], 2)
    made.clock.advance(5_000)
    expect(seen.map((line) => line.split(' ')[0])).toEqual(['0', '1', '2'])
  })

  it('causes no warning for a record that is due long after every watchdog’s limit', () => {
    const { made, seen } = delayed([0, 3_600_000])
    made.clock.advance(3_700_000)
    expect([seen.length, made.events, made.committed()]).toEqual([2, [], [2n]])
  })

  it('a drain does not wait for it, and its report counts it', async () => {
    const { made, seen } = delayed([0, 60_000, 60_000])
    made.clock.advance(5_000)
    const report = made.orders.drain()
    made.clock.advance(1_000)
    expect(await report).toMatchObject({
      partitions: [{ outcome: 'drained', committed: 1n, repeated: 1 }]
    })
    expect(seen).toHaveLength(1)
    made.clock.advance(100_000)
    expect([seen.length, made.clock.pending]).toEqual([1, 0])
  })

  it('the next owner waits for the same time, and nothing is passed over', () => {
    const { made, seen, run } = delayed([0, 60_000, 61_000])
    made.clock.advance(5_000)
    made.orders.close().catch(() => undefined)
    made.clock.advance(10_000)
    run(made.member())
    made.clock.advance(44_000)
    expect(seen).toHaveLength(1)
    made.clock.advance(10_000)
    expect(seen.slice(1)).toEqual(['60000 at 60000', '61000 at 61000'])
  })

  it('does not read again before every earlier record is settled', () => {
    const made = rig(1)
    for (const value of ['0', '-1', '1000']) made.cluster.produce('orders', { value })
    const seen: string[] = []
    made.orders
      .pipe(
        eachPartition((p) =>
          p.pipe(
            delayUntil(due),
            handle(
              (record) => {
                seen.push(textOf(record))
                return textOf(record) === '0' ? new Promise<void>(() => undefined) : undefined
              },
              { concurrency: 4, order: 'none', timeoutMs: 5_000, onFailure: 'skip' }
            ),
            commit({ every: 1 })
          )
        )
      )
      .subscribe()
    made.clock.advance(4_500)
    expect(seen).toEqual(['0', '-1'])
    made.clock.advance(2_000)
    expect([seen, made.committed()]).toEqual([['0', '-1', '1000'], [3n]])
  })

  it('operators emit what they have collected, since nothing follows', () => {
    const made = rig(1)
    for (const value of ['0', '-1', '5000']) made.cluster.produce('orders', { value })
    const seen: string[] = []
    made.orders
      .pipe(
        eachPartition((p) =>
          p.pipe(
            delayUntil(due),
            batch({ records: 100 }),
            writeTo(({ value }) => {
              seen.push(value.map(textOf).join(','))
            }),
            commit({ every: 1 })
          )
        )
      )
      .subscribe()
    made.clock.advance(10_000)
    expect(seen).toEqual(['0,-1'])
    expect(made.committed()).toEqual([2n])
  })

  it('what reaches such an operator later is emitted as well', () => {
    const made = rig(1)
    for (const value of ['0', '5000']) made.cluster.produce('orders', { value })
    const seen: string[] = []
    made.orders
      .pipe(
        eachPartition((p) =>
          p.pipe(
            delayUntil(due),
            handle(
              ({ value }) =>
                new Observable<Uint8Array | null>((done) =>
                  made.clock.schedule(700, () => {
                    done.next(value)
                    done.complete()
                  })
                )
            ),
            batch({ records: 100 }),
            writeTo(({ value }) => {
              seen.push(value.map(textOf).join(','))
            }),
            commit({ every: 1 })
          )
        )
      )
      .subscribe()
    made.clock.advance(4_500)
    expect([seen, made.committed()]).toEqual([['0'], [1n]])
    const { pending } = made.clock
    made.cluster.produce('orders', { value: '5001' })
    made.clock.advance(3_000)
    expect([seen[1], made.clock.pending <= pending]).toEqual(['5000', true])
  })

  it('a seek ends the wait', () => {
    const { made, seen } = delayed([60_000, 3, 4])
    made.clock.advance(1_000)
    made.orders.seek({ topic: 'orders', partition: 0 }, { offset: 1n })
    made.clock.advance(1_000)
    expect(seen.map((line) => line.split(' ')[0])).toEqual(['3', '4'])
    made.clock.advance(100_000)
    expect(seen).toHaveLength(2)
  })

  it('a pause may outlast the wait, and the wait a pause', () => {
    const { made, seen } = delayed([5_000])
    made.clock.advance(1_000)
    made.orders.pause()
    made.clock.advance(10_000)
    expect(seen).toEqual([])
    made.orders.resume()
    made.clock.advance(1_000)
    expect(seen).toHaveLength(1)
  })

  it('refuses records of a share group: their locks would end meanwhile', () => {
    const { cluster, clock } = rig(1)
    const errors: unknown[] = []
    shareConsumer(cluster, { 'group.id': 'jobs', subscription: subscribe('orders') })
      .pipe(delayUntil(due), ack())
      .subscribe({ error: (error: unknown) => errors.push(error) })
    clock.advance(5_000)
    cluster.produce('orders', { value: '0' })
    clock.advance(5_000)
    expect(errors).toMatchObject([{ fault: { _tag: 'UsageFault' } }])
    expect(String(errors[0])).toContain('delayUntil: a share group')
  })

  it('within a fanOut the records wait in memory', () => {
    const made = rig(1)
    for (const value of ['1', '5000', '4000']) made.cluster.produce('orders', { value })
    const seen: string[] = []
    const note =
      (name: string) =>
      (record: ConsumerRecord): void => {
        seen.push(`${name}${textOf(record)} at ${String(made.clock.now())}`)
      }
    made.orders
      .pipe(
        eachPartition((p) =>
          p.pipe(
            fanOut(
              (branch) => branch.pipe(delayUntil(due), writeTo(note('late '))),
              (branch) => branch.pipe(writeTo(note('soon ')))
            ),
            commit({ every: 1 })
          )
        )
      )
      .subscribe()
    made.clock.advance(4_500)
    expect([seen.filter((line) => line.startsWith('soon')).length, made.committed()]).toEqual([3, [1n]])
    made.clock.advance(2_000)
    expect(seen.filter((line) => line.startsWith('late')).slice(1)).toEqual(['late 5000 at 5000', 'late 4000 at 5000'])
    expect(made.committed()).toEqual([3n])
  })

  it.each([
    [
      'throws',
      () => {
        throw new Error('no time')
      },
      'no time'
    ],
    ['is not a number', () => NaN, 'neither a Date nor a number'],
    ['is no valid date', () => new Date('tomorrow'), 'neither a Date nor a number']
  ])('a time that %s is a fault with the place of the record', (_, time, words) => {
    const made = rig(1, {}, 1)
    const errors: unknown[] = []
    made.orders
      .pipe(eachPartition((p) => p.pipe(delayUntil(time), commit())))
      .subscribe({ error: (error: unknown) => errors.push(error) })
    made.clock.advance(5_000)
    expect(errors).toMatchObject([{ fault: { _tag: 'HandlerFault', operator: 'delayUntil', place: { offset: 0n } } }])
    expect(String((errors[0] as { readonly fault: { readonly cause: Error } }).fault.cause)).toContain(words)
  })
})

import { concatMap, finalize, mergeAll, mergeMap, repeat, retry, share, take, tap } from 'rxjs'
import { describe, expect, it } from 'vitest'
import {
  commit,
  ConsumerError,
  type ConsumerRecord,
  eachPartition,
  handle,
  type PartitionStream
} from '../../../src/index.js'
import { acknowledge, manual, numberOf, parallel } from '../../support/handlers.js'
import { rig } from '../../support/rig.js'

const quick = { 'heartbeat.interval.ms': 100 } as const

describe('a partition stream', () => {
  it('has at most one subscriber at a time: a second is refused, the first continues, and a later one is accepted', () => {
    const { clock, orders } = rig(1, {}, 3)
    const seen: string[] = []
    const errors: unknown[] = []
    const streams: PartitionStream[] = []
    orders.subscribe((p) => streams.push(p))
    clock.advance(100)
    const [stream] = streams
    const first = stream?.subscribe((record) => seen.push(`a${String(numberOf(record))}`))
    stream?.subscribe({ error: (error: unknown) => errors.push(error) })
    clock.advance(100)
    expect(errors).toMatchObject([{ fault: { _tag: 'UsageFault' } }])
    expect(errors[0] instanceof ConsumerError).toBe(true)
    expect(seen).toEqual(['a0', 'a1', 'a2'])
    first?.unsubscribe()
    stream?.subscribe((record) => seen.push(`b${String(numberOf(record))}`))
    clock.advance(1_000)
    expect(seen.slice(3)).toEqual(['b0', 'b1', 'b2'])
  })

  it('that was never subscribed to is not fetched, has a reason, and after ten seconds an event', () => {
    const { clock, orders, events } = rig(1, {}, 5)
    orders.subscribe()
    clock.advance(9_900)
    expect([events, orders.positions()]).toMatchObject([
      [],
      [{ standing: 'not subscribed', logEnd: null, inFlight: 0 }]
    ])
    clock.advance(200)
    expect(events).toEqual([{ _tag: 'not subscribed', topic: 'orders', partition: 0 }])
    clock.advance(600_000)
    expect(events).toHaveLength(1)
    expect(orders.positions()).toMatchObject([{ logEnd: null }])
  })

  it('that was never subscribed to does not delay a rebalance, and its report says so', () => {
    const { clock, orders, member, rebalances } = rig(2, quick, 4)
    orders.subscribe()
    clock.advance(500)
    const others: number[] = []
    member().subscribe((p) => others.push(p.partition))
    clock.advance(500)
    expect(others).toHaveLength(1)
    expect(rebalances.find(({ _tag }) => _tag === 'revoked')).toMatchObject({
      partitions: [{ outcome: 'not subscribed', committed: null, repeated: 0 }, { outcome: 'not subscribed' }]
    })
  })

  it('that is unsubscribed emits nothing again: the intake stops, and what was delivered may still settle and commit', () => {
    const { clock, cluster, orders, committed } = rig(1, {}, 20)
    const work = manual()
    const emitted: number[] = []
    orders
      .pipe(
        eachPartition((p) =>
          p.pipe(
            tap((record) => emitted.push(numberOf(record))),
            take(10),
            handle(work.handler, parallel),
            commit({ every: 1 })
          )
        )
      )
      .subscribe()
    clock.advance(500)
    expect(orders.positions()).toMatchObject([{ standing: 'unsubscribed', position: 10n, inFlight: 10 }])
    cluster.produce('orders', { partition: 0, value: '20' })
    work.finish(0, 1, 2, 5)
    clock.advance(60_000)
    expect([emitted.length, committed()]).toEqual([10, [3n]])
    expect(orders.positions()).toMatchObject([{ standing: 'unsubscribed', position: 10n, inFlight: 6 }])
    work.finish(3, 4, 6, 7, 8, 9)
    clock.advance(500)
    expect(committed()).toEqual([10n])
  })

  it.each([
    ['repeat()', repeat({ count: 2 })],
    ['retry()', retry<ConsumerRecord>(1)]
  ])('re-subscribed by %s begins a new epoch at the first unsettled offset', (name, again) => {
    const { clock, orders, committed } = rig(1, { 'auto.commit.interval.ms': 100 }, 6)
    const seen: ConsumerRecord[] = []
    let failed = false
    orders
      .pipe(
        mergeMap((p) =>
          p.pipe(
            tap((record) => {
              seen.push(record)
              if (!failed && numberOf(record) < 2) acknowledge(record)
              if (name === 'retry()' && !failed && numberOf(record) === 3) {
                failed = true
                throw new Error('boom')
              }
            }),
            take(4),
            again
          )
        )
      )
      .subscribe()
    clock.advance(1_000)
    expect(seen.map(numberOf)).toEqual([0, 1, 2, 3, 2, 3, 4, 5])
    // Of the former epoch: too late.
    acknowledge(...seen.slice(2, 4))
    clock.advance(1_000)
    expect(committed()).toEqual([2n])
    acknowledge(...seen.slice(4))
    clock.advance(1_000)
    expect(committed()).toEqual([6n])
  })

  it('re-subscribed begins a turn later, never inside subscribe: what is settled by then is not repeated', () => {
    const { clock, orders } = rig(1, {}, 3)
    const streams: PartitionStream[] = []
    orders.subscribe((p) => streams.push(p))
    clock.advance(100)
    const [stream] = streams
    const seen: ConsumerRecord[] = []
    const former = stream?.subscribe((record) => seen.push(record))
    clock.advance(1_000)
    former?.unsubscribe()
    const again: number[] = []
    stream?.subscribe((record) => again.push(numberOf(record)))
    expect([again, orders.positions()]).toMatchObject([[], [{ position: 3n, inFlight: 3 }]])
    acknowledge(...seen.slice(0, 1))
    clock.advance(1_000)
    expect(again).toEqual([1, 2])
  })

  it('that fails at once and is re-subscribed at once for ever does not hang the loop', () => {
    const { clock, orders } = rig(1, {}, 1)
    let attempts = 0
    orders
      .pipe(
        mergeMap((p) =>
          p.pipe(
            tap(() => {
              attempts++
              throw new Error('always')
            }),
            retry(50)
          )
        )
      )
      .subscribe({ error: () => undefined })
    clock.advance(60_000)
    expect(attempts).toBe(51)
  })

  it('that has ended stops repeat(), which would subscribe to it for ever, with a fault that says what to do', () => {
    const { clock, orders, committed } = rig(1, {}, 6)
    const errors: unknown[] = []
    const inPairs = (partition: PartitionStream) => partition.pipe(take(2), commit({ every: 1 }), repeat())
    orders.pipe(eachPartition(inPairs)).subscribe({ error: (error: unknown) => errors.push(error) })
    clock.advance(5_000)
    expect([committed(), errors]).toEqual([[6n], []])
    void orders.drain()
    clock.advance(5_000)
    expect(errors).toMatchObject([
      {
        fault: {
          _tag: 'UsageFault',
          reason:
            'the stream of orders/0 has ended, and is subscribed to again and again; give repeat() a count, or use batch()'
        }
      }
    ])
  })

  it('completes, and never errors, at a revocation, a loss, a deadline, a drain and a close', () => {
    const told: Record<string, string[]> = {}
    const ways: Readonly<Record<string, (made: ReturnType<typeof rig>) => void>> = {
      revocation: ({ member }) => void member().subscribe(),
      loss: ({ cluster }) => {
        cluster.failNext('Heartbeat', 25)
      },
      drain: ({ orders }) => void orders.drain(),
      close: ({ orders }) => void orders.close()
    }
    for (const [name, act] of Object.entries(ways)) {
      const made = rig(1, { ...quick, 'drain.timeout.ms': 1_000 }, 3)
      const ended = (told[name] = [] as string[])
      made.orders.subscribe((p) =>
        p.subscribe({ error: () => ended.push('error'), complete: () => ended.push('complete') })
      )
      made.clock.advance(500)
      act(made)
      // Nothing is ever acknowledged: the drains end at their deadline.
      made.clock.advance(5_000)
      ended.splice(1)
    }
    expect(told).toEqual({ revocation: ['complete'], loss: ['complete'], drain: ['complete'], close: ['complete'] })
  })

  it('leaves a fault of the source to the consumer’s error, after the others have drained', () => {
    const { clock, cluster, orders } = rig(
      2,
      { 'auto.offset.reset': 'none', startFrom: (gained) => [gained.map((p) => ({ ...p, from: { offset: 0n } }))] },
      4
    )
    const ended: string[] = []
    cluster.deleteRecords({ topic: 'orders', partition: 0 }, 1n)
    orders
      .pipe(
        mergeMap((p) =>
          p.pipe(
            finalize(() => ended.push(`end of ${String(p.partition)}`)),
            commit()
          )
        )
      )
      .subscribe({ error: (error: unknown) => ended.push(error instanceof ConsumerError ? error.fault._tag : 'other') })
    clock.advance(10_000)
    expect(ended).toEqual(['end of 0', 'end of 1', 'OffsetOutOfRangeFault'])
  })

  it('is emitted no earlier than a turn after the assignment, so that every branch of share() is there', () => {
    const { clock, orders } = rig(2)
    const order: string[] = []
    const shared = orders.pipe(share())
    orders.rebalances.subscribe(({ _tag }) => {
      order.push(_tag)
      // Attached only on the next turn, and still in time.
      clock.turn(() => shared.subscribe((p) => order.push(`late ${String(p.partition)}`)))
    })
    shared.subscribe((p) => order.push(`early ${String(p.partition)}`))
    clock.advance(100)
    expect(order).toEqual(['assigned', 'early 0', 'late 0', 'early 1', 'late 1'])
  })

  it('is emitted again for each assignment, and an old one emits nothing any more', () => {
    const { clock, cluster, orders, member } = rig(1, quick, 1)
    const streams: PartitionStream[] = []
    orders
      .pipe(
        tap((p) => streams.push(p)),
        mergeAll(),
        commit()
      )
      .subscribe()
    clock.advance(500)
    const other = member().subscribe()
    clock.advance(1_000)
    other.unsubscribe()
    clock.advance(1_000)
    cluster.produce('orders', { partition: 0, value: '1' })
    const ended: string[] = []
    streams[0]?.subscribe({ next: () => ended.push('next'), complete: () => ended.push('complete') })
    clock.advance(1_000)
    expect([streams.length > 1, ended]).toEqual([true, ['complete']])
  })

  it('is not read under concatMap on the outer stream until the one before it has ended', () => {
    const { clock, orders } = rig(2, {}, 4)
    const seen: number[] = []
    orders.pipe(concatMap((p) => p.pipe(take(2)))).subscribe((record) => seen.push(record.partition))
    clock.advance(1_000)
    expect(seen).toEqual([0, 0, 1, 1])
  })
})

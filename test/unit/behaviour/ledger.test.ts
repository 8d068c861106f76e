import { mergeAll, take } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { Ledger } from '../../../src/core/partition/ledger.js'
import { ack, commit, type ConsumerRecord, eachPartition, filterRecords, handle } from '../../../src/index.js'
import { visitOrigins } from '../../../src/model/carried.js'
import { DeliveryEpoch } from '../../../src/sources/consumer/delivery-epoch.js'
import { acknowledge, manual, parallel } from '../../support/handlers.js'
import { rig } from '../../support/rig.js'
import { eachUnacknowledged } from '../../support/unacknowledged.js'

/** How many acknowledgements of the record's epoch came to nothing, and the record's number in it. */
const epochOf = (record: ConsumerRecord): { readonly epoch: DeliveryEpoch; readonly seq: number } => {
  const found: { epoch: DeliveryEpoch; seq: number }[] = []
  visitOrigins(record, (origin, seq) => {
    if (origin instanceof DeliveryEpoch) found.push({ epoch: origin, seq })
  })
  const [only] = found
  if (only === undefined || found.length !== 1) throw new Error('a record has one origin')
  return only
}

describe('the ledger', () => {
  it('is one for each assignment of a partition', () => {
    const { clock, cluster, orders, member } = rig(2, { 'heartbeat.interval.ms': 100 }, 4)
    const records: ConsumerRecord[] = []
    orders.pipe(eachUnacknowledged((p) => p)).subscribe((record) => {
      records.push(record)
      acknowledge(record)
    })
    clock.advance(500)
    const first = new Set(records.map((record) => epochOf(record).epoch))
    expect(first.size).toBe(2)
    const other = member().subscribe()
    clock.advance(1_000)
    other.unsubscribe()
    clock.advance(2_000)
    cluster.produce('orders', { partition: 0, value: '4' }, { partition: 1, value: '5' })
    clock.advance(1_000)
    const second = new Set(records.slice(4).map((record) => epochOf(record).epoch))
    expect(second.size).toBe(2)
    expect([...second].some((epoch) => first.has(epoch))).toBe(false)
    expect([...first].every(({ ended }) => ended)).toBe(true)
  })

  it('numbers deliveries densely over the gaps that compaction and transactions leave', () => {
    const { clock, cluster, orders, committed } = rig(1, { 'isolation.level': 'read_committed' })
    const place = { topic: 'orders', partition: 0 }
    for (const key of ['a', 'a', 'b', 'a']) cluster.produce('orders', { partition: 0, key, value: key })
    cluster.compact(place)
    cluster.produceTransaction('orders', 'abort', { partition: 0, key: 'x', value: 'x' })
    cluster.produceTransaction('orders', 'commit', { partition: 0, key: 'c', value: 'c' })
    cluster.produce('orders', { partition: 0, key: 'd', value: 'd' })
    const records: ConsumerRecord[] = []
    orders.pipe(mergeAll()).subscribe((record) => records.push(record))
    clock.advance(1_000)
    expect(records.map(({ offset }) => offset)).toEqual([2n, 3n, 6n, 8n])
    expect(records.map((record) => epochOf(record).seq)).toEqual([0, 1, 2, 3])
    acknowledge(...records.slice(0, 2))
    clock.advance(10_000)
    expect(committed()).toEqual([6n])
  })

  it('can commit the first unsettled offset, and after all are settled the position after the last batch seen', () => {
    const { clock, cluster, orders, committed } = rig(1, { 'isolation.level': 'read_committed' }, 2)
    const work = manual()
    cluster.produceTransaction('orders', 'abort', { partition: 0, value: '9' })
    orders.pipe(eachPartition((p) => p.pipe(handle(work.handler, parallel), commit({ every: 1 })))).subscribe()
    clock.advance(1_000)
    work.finish(1)
    clock.advance(1_000)
    expect(committed()).toEqual([null])
    work.finish(0)
    clock.advance(1_000)
    // An aborted record at 2 and its marker at 3.
    expect(committed()).toEqual([4n])
  })

  it('can commit the position after offsets without a record, though nothing after them was acknowledged', () => {
    const { clock, cluster, orders, committed } = rig(1, {
      'isolation.level': 'read_committed',
      'auto.commit.interval.ms': 100
    })
    orders.pipe(eachPartition((p) => p.pipe(ack<ConsumerRecord>()))).subscribe()
    clock.advance(500)
    cluster.produceTransaction('orders', 'abort', { partition: 0, value: 'x' })
    clock.advance(2_000)
    expect(committed()).toEqual([2n])
  })

  it('handles a million acknowledgements in the worst order in linear time', () => {
    const ledger = new Ledger(0n)
    const many = 1_000_000
    for (let offset = 0; offset < many; offset++) ledger.deliver(offset, 0)
    // Newest first: the frontier moves only with the last of them, over all at once.
    for (let seq = many - 1; seq > 0; seq--) ledger.settle(seq)
    expect([ledger.committable, ledger.overtaking]).toEqual([0n, many - 1])
    ledger.settle(0)
    expect([ledger.committable, ledger.inFlight, ledger.span]).toEqual([BigInt(many), 0, 0])
  })

  it('ignores acknowledgements that come after the end of the assignment', () => {
    const { clock, cluster, orders, commits, committed } = rig(1, { 'heartbeat.interval.ms': 100 }, 3)
    const records: ConsumerRecord[] = []
    orders.pipe(mergeAll(), take(3)).subscribe((record) => records.push(record))
    clock.advance(500)
    cluster.failNext('Heartbeat', 25)
    clock.advance(500)
    const [first] = records
    if (first === undefined) throw new Error('nothing was delivered')
    const { epoch } = epochOf(first)
    expect(epoch.ended).toBe(true)
    acknowledge(...records)
    clock.advance(20_000)
    expect(epoch.ledger.settledCount).toBe(0)
    expect([committed(), commits]).toEqual([[null], []])
  })

  it('leaves the next owner’s offsets alone when acknowledgements come late', () => {
    const { clock, orders, member, committed } = rig(1, { 'heartbeat.interval.ms': 100, 'drain.timeout.ms': 1_000 }, 6)
    const late: ConsumerRecord[] = []
    const first = orders.pipe(mergeAll()).subscribe((record) => late.push(record))
    clock.advance(500)
    expect(late).toHaveLength(6)
    first.unsubscribe()
    clock.advance(500)
    member()
      .pipe(eachUnacknowledged((p) => p.pipe(filterRecords((_value, { offset }) => offset >= 2n))))
      .subscribe()
    clock.advance(10_000)
    acknowledge(...late)
    clock.advance(10_000)
    expect(committed()).toEqual([2n])
  })
})

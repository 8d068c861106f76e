import { mergeAll } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { ack, type Consumer, type ConsumerConfig, commit, eachPartition, handle } from '../../../../src/index.js'
import { numberOf } from '../../../support/handlers.js'
import { rig, type Rig } from '../../../support/rig.js'
import { upTo } from '../../../support/witness.js'

const place = { topic: 'orders', partition: 0 }
const hour = 3_600_000

/** A record of each of the last ten hours: 0 is ten hours old, 9 is one. */
const withHours = (config: Partial<ConsumerConfig>): Rig => {
  const made = rig(1, { 'heartbeat.interval.ms': 100, ...config })
  made.clock.advance(20 * hour)
  const now = made.clock.wallTime()
  for (const n of upTo(10))
    made.cluster.produce('orders', { partition: 0, value: String(n), timestamp: now - (10 - n) * hour })
  return made
}

const read = (reader: Consumer): { readonly seen: number[]; readonly errors: unknown[] } => {
  const said = { seen: [] as number[], errors: [] as unknown[] }
  reader
    .pipe(
      eachPartition((p) =>
        p.pipe(
          handle((record) => void said.seen.push(numberOf(record))),
          commit({ every: 1 })
        )
      )
    )
    .subscribe({ error: (error: unknown) => said.errors.push(error) })
  return said
}

describe('auto.offset.reset by_duration', () => {
  it('begins with the first record that is no older, where nothing is committed', () => {
    const { clock, orders } = withHours({ 'auto.offset.reset': 'by_duration:PT150M' })
    const { seen } = read(orders)
    clock.advance(1_000)
    expect(seen).toEqual([8, 9])
  })

  it('begins at the end where no record is so young, and stores that at once: the next owner goes on there', () => {
    const { clock, cluster, orders, committed, commits, member } = withHours({
      'auto.offset.reset': 'by_duration:PT30M'
    })
    const subscription = orders.pipe(mergeAll(), ack()).subscribe()
    clock.advance(100)
    expect([committed(), commits]).toMatchObject([[10n], [{ _tag: 'stored', trigger: 'start' }]])
    subscription.unsubscribe()
    cluster.produce('orders', { partition: 0, value: '10' })
    clock.advance(2 * hour)
    const { seen } = read(member())
    clock.advance(1_000)
    expect(seen).toEqual([10])
  })

  it('counts for nothing where an offset is committed', () => {
    const { clock, orders, cluster, member } = withHours({ 'auto.offset.reset': 'by_duration:P1D' })
    read(orders)
    clock.advance(1_000)
    void orders.close()
    cluster.produce('orders', { partition: 0, value: '10' })
    clock.advance(1_000)
    const { seen } = read(member())
    clock.advance(1_000)
    expect(seen).toEqual([10])
  })

  it('reads from its start what comes into being meanwhile', () => {
    const { clock, cluster, orders } = rig(1, { 'auto.offset.reset': 'by_duration:PT0S', 'metadata.max.age.ms': 5_000 })
    const { seen } = read(orders)
    clock.advance(1_000)
    cluster.deleteTopic('orders')
    clock.advance(6_000)
    cluster.createTopic('orders', 1)
    cluster.produce('orders', { partition: 0, value: '1' })
    clock.advance(20_000)
    expect(seen).toEqual([1])
  })

  it('resets a position that is out of range, and says so', () => {
    const { clock, orders, events } = withHours({ 'auto.offset.reset': 'by_duration:PT150M' })
    const { seen } = read(orders)
    clock.advance(1_000)
    orders.seek(place, { offset: 99n })
    clock.advance(1_000)
    expect(events).toEqual([
      { _tag: 'reset', ...place, from: 99n, to: 8n, policy: 'by_duration', logStart: 0n, logEnd: 10n }
    ])
    expect(seen).toEqual([8, 9, 8, 9])
  })
})

describe('a reset that goes back', () => {
  const sought = (config: Partial<ConsumerConfig>, offset = 99n) => {
    const made = withHours({ 'auto.offset.reset': 'earliest', ...config })
    const said = read(made.orders)
    made.clock.advance(1_000)
    made.orders.seek(place, { offset })
    made.clock.advance(60_000)
    return { ...made, ...said }
  }
  const fault = { fault: { _tag: 'OffsetOutOfRangeFault', ...place, offset: 99n, logStart: 0n, logEnd: 10n } }

  it('may read again as many records as offset.reset.max.records says, and no more', () => {
    const refused = sought({ 'offset.reset.max.records': 9 })
    expect([refused.errors, refused.seen.length]).toMatchObject([[fault], 10])
    expect(refused.events).toMatchObject([{ _tag: 'stopped' }])
    const done = sought({ 'offset.reset.max.records': 10 })
    expect([done.errors, done.seen]).toEqual([[], [...upTo(10), ...upTo(10)]])
  })

  it('may read again what is as old as offset.reset.max.ms says, and no older', () => {
    const refused = sought({ 'offset.reset.max.ms': 10 * hour })
    expect([refused.errors, refused.seen.length]).toMatchObject([[fault], 10])
    const done = sought({ 'offset.reset.max.ms': 11 * hour })
    expect([done.errors, done.seen.length]).toEqual([[], 20])
    expect(sought({ 'offset.reset.max.ms': 1 }).errors).toMatchObject([fault])
  })

  it('is not one that goes on behind what retention took, nor one to the end, nor a first start', () => {
    const limits = { 'offset.reset.max.records': 0, 'offset.reset.max.ms': 0 }
    const latest = sought({ ...limits, 'auto.offset.reset': 'latest' })
    expect([latest.errors, latest.events]).toMatchObject([[], [{ _tag: 'reset', to: 10n }]])
    const { clock, cluster, member, orders } = withHours({ ...limits, 'auto.offset.reset': 'earliest' })
    const first = read(orders)
    clock.advance(1_000)
    void orders.close()
    const timestamp = clock.wallTime() - hour
    for (const n of upTo(10)) cluster.produce('orders', { partition: 0, value: String(10 + n), timestamp })
    cluster.deleteRecords(place, 15n)
    const next = read(member())
    clock.advance(60_000)
    expect([first.errors, first.seen, next.errors, next.seen]).toEqual([[], upTo(10), [], [15, 16, 17, 18, 19]])
  })
})

import { of } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { commit, type ConsumerRecord, eachPartition, handle } from '../../../../src/index.js'
import { rig, type Rig } from '../../../support/rig.js'
import { eachUnacknowledged } from '../../../support/unacknowledged.js'

const place = { topic: 'orders', partition: 0 }
const textOf = (record: ConsumerRecord): string => new TextDecoder().decode(record.value ?? undefined)

/** Reads to the end of the log, acknowledging everything. */
const reading = (orders: Rig['orders']): { readonly seen: string[]; readonly errors: unknown[] } => {
  const seen: string[] = []
  const errors: unknown[] = []
  orders
    .pipe(
      eachPartition((p) =>
        p.pipe(
          handle((record) => {
            seen.push(textOf(record))
          }),
          commit({ every: 1 })
        )
      )
    )
    .subscribe({ error: (error: unknown) => errors.push(error) })
  return { seen, errors }
}

/** Its position is behind the log's start when it reads again: ten records of each of two epochs came, and all but the last five are deleted. */
const passesOverTwoEpochs = ({
  clock,
  cluster,
  orders
}: Pick<ReturnType<typeof rig>, 'clock' | 'cluster' | 'orders'>): void => {
  clock.advance(1_000)
  orders.pause([place])
  clock.advance(1_000)
  for (let epoch = 0; epoch < 2; epoch++) {
    for (let number = 0; number < 10; number++) cluster.produce('orders', { partition: 0, value: String(number) })
    cluster.electLeader(place)
  }
  cluster.deleteRecords(place, 25n)
  clock.advance(1_000)
  orders.resume([place])
  clock.advance(1_000)
}

describe('a log that an unclean election has cut', () => {
  it('is noticed below the position though other records are at its offsets by now, and read on where it diverges', () => {
    const { clock, cluster, orders, events, committed } = rig(1, {}, 10)
    const { seen } = reading(orders)
    clock.advance(1_000)
    cluster.electLeader(place, 6n)
    for (let number = 0; number < 8; number++)
      cluster.produce('orders', { partition: 0, value: `new ${String(number)}` })
    clock.advance(5_000)
    expect(seen.slice(10)).toEqual(Array.from({ length: 8 }, (_, number) => `new ${String(number)}`))
    expect(events).toMatchObject([{ _tag: 'truncated', ...place, from: 10n, to: 6n }])
    expect(committed()).toEqual([14n])
  })

  it('is noticed by the next owner of the partition, by the leader epoch that was committed', () => {
    const { clock, cluster, orders, member } = rig(1, {}, 10)
    const first = reading(orders)
    clock.advance(1_000)
    void orders.close()
    clock.advance(1_000)
    expect(first.seen).toHaveLength(10)
    cluster.electLeader(place, 6n)
    for (let number = 0; number < 8; number++)
      cluster.produce('orders', { partition: 0, value: `new ${String(number)}` })
    const second = reading(member())
    clock.advance(1_000)
    expect(second.seen).toEqual(Array.from({ length: 8 }, (_, number) => `new ${String(number)}`))
  })

  it('is noticed by a reader that began at its end and has read nothing yet', () => {
    const { clock, cluster, orders, events } = rig(1, { 'auto.offset.reset': 'latest' }, 10)
    const { seen } = reading(orders)
    clock.advance(1_000)
    cluster.electLeader(place, 6n)
    for (let number = 0; number < 8; number++)
      cluster.produce('orders', { partition: 0, value: `new ${String(number)}` })
    clock.advance(5_000)
    expect(seen).toEqual(Array.from({ length: 8 }, (_, number) => `new ${String(number)}`))
    expect(events).toMatchObject([{ _tag: 'truncated', ...place, from: 10n, to: 6n }])
  })

  it('is noticed by the next owner though the first has read nothing', () => {
    const { clock, cluster, orders, member, committed } = rig(1, { 'auto.offset.reset': 'latest' }, 10)
    reading(orders)
    clock.advance(1_000)
    void orders.close()
    clock.advance(1_000)
    expect(committed()).toEqual([10n])
    cluster.electLeader(place, 6n)
    for (let number = 0; number < 8; number++)
      cluster.produce('orders', { partition: 0, value: `new ${String(number)}` })
    const second = reading(member())
    clock.advance(1_000)
    expect(second.seen).toEqual(Array.from({ length: 8 }, (_, number) => `new ${String(number)}`))
  })

  it('is noticed behind a reset that has brought no record yet', () => {
    const { clock, cluster, orders, events } = rig(1, { 'auto.offset.reset': 'latest' }, 10)
    const { seen } = reading(orders)
    clock.advance(1_000)
    orders.seek(place, { offset: 50n })
    clock.advance(1_000)
    cluster.electLeader(place, 6n)
    for (let number = 0; number < 8; number++)
      cluster.produce('orders', { partition: 0, value: `new ${String(number)}` })
    clock.advance(5_000)
    expect(seen).toEqual(Array.from({ length: 8 }, (_, number) => `new ${String(number)}`))
    expect(events.map(({ _tag }) => _tag)).toEqual(['reset', 'truncated'])
  })

  it('is not seen where a reset has passed over the end of the epoch that was read last', () => {
    const { clock, cluster, orders, events } = rig(1, {}, 10)
    const { seen } = reading(orders)
    passesOverTwoEpochs({ clock, cluster, orders })
    cluster.electLeader(place)
    cluster.produce('orders', { partition: 0, value: 'last' })
    clock.advance(5_000)
    expect(seen.slice(10)).toEqual(['5', '6', '7', '8', '9', 'last'])
    expect(events.map(({ _tag }) => _tag)).toEqual(['gap', 'reset'])
  })

  it('is not seen where a reset to the end has passed over later epochs', () => {
    const startFrom = () => of([{ ...place, from: 'beginning' as const }])
    const { clock, cluster, orders, events } = rig(1, { 'auto.offset.reset': 'latest', startFrom }, 10)
    const { seen } = reading(orders)
    passesOverTwoEpochs({ clock, cluster, orders })
    cluster.electLeader(place)
    clock.advance(1_000)
    cluster.produce('orders', { partition: 0, value: 'last' })
    clock.advance(5_000)
    expect(seen.slice(10)).toEqual(['last'])
    expect(events.map(({ _tag }) => _tag)).toEqual(['gap', 'reset'])
  })

  it('is a fault that says where it diverges, without a reset policy', () => {
    const { clock, cluster, orders } = rig(
      1,
      { 'auto.offset.reset': 'none', startFrom: () => of([{ ...place, from: 'beginning' as const }]) },
      10
    )
    const { errors } = reading(orders)
    clock.advance(1_000)
    cluster.electLeader(place, 6n)
    clock.advance(1_000)
    expect(errors).toMatchObject([{ fault: { _tag: 'LogTruncationFault', ...place, offset: 10n, divergesAt: 6n } }])
    expect(String(errors[0])).toContain('seek to the offset to continue at')
  })

  it('means nothing if it is only cut where nobody has read', () => {
    const { clock, cluster, orders, events } = rig(1, { maxInFlight: 2 }, 10)
    const seen: string[] = []
    orders
      .pipe(
        eachUnacknowledged((p) =>
          p.pipe(
            handle((record) => {
              seen.push(textOf(record))
            })
          )
        )
      )
      .subscribe()
    clock.advance(500)
    cluster.electLeader(place, 6n)
    clock.advance(5_000)
    expect(seen).toEqual(['0', '1'])
    expect(events.map(({ _tag }) => _tag)).toEqual(['starved'])
  })

  it('is asked about once, and not while the leader is only another with the whole log', () => {
    const { clock, cluster, orders, events } = rig(1, {}, 10)
    const { seen } = reading(orders)
    clock.advance(1_000)
    for (let times = 0; times < 3; times++) {
      cluster.electLeader(place)
      cluster.produce('orders', { partition: 0, value: `new ${String(times)}` })
      clock.advance(1_000)
    }
    expect(seen.slice(10)).toEqual(['new 0', 'new 1', 'new 2'])
    expect(events).toEqual([])
  })

  it('is not taken for cut where a transaction has ended it', () => {
    const { clock, cluster, orders, events } = rig(1, {}, 4)
    const { seen } = reading(orders)
    clock.advance(1_000)
    cluster.electLeader(place)
    cluster.produceTransaction('orders', 'commit', { partition: 0, value: 'within' })
    clock.advance(1_000)
    cluster.electLeader(place)
    clock.advance(1_000)
    expect(seen.slice(4)).toEqual(['within'])
    expect(events).toEqual([])
  })

  it('is asked about again when the answer does not come', () => {
    const { clock, cluster, orders, events } = rig(1, {}, 10)
    const { seen } = reading(orders)
    clock.advance(1_000)
    cluster.failNext('OffsetForLeaderEpoch', 'disconnect', 1)
    cluster.failNext('OffsetForLeaderEpoch', 75, 1)
    cluster.electLeader(place, 9n)
    clock.advance(5_000)
    cluster.produce('orders', { partition: 0, value: 'new' })
    clock.advance(1_000)
    expect(seen.slice(10)).toEqual(['new'])
    expect(events.map(({ _tag }) => _tag)).toEqual(['reconnecting', 'recovered', 'waiting', 'truncated', 'recovered'])
  })

  it('resets by the policy where the leader does not know the epoch any more', () => {
    const { clock, cluster, orders, events } = rig(1, {}, 4)
    const { seen } = reading(orders)
    clock.advance(1_000)
    // Success, and -1 for epoch and offset.
    cluster.failNext('OffsetForLeaderEpoch', 0, 1)
    cluster.electLeader(place)
    clock.advance(3_000)
    expect(events).toMatchObject([{ _tag: 'reset', ...place, from: 4n, to: 0n, policy: 'earliest' }])
    expect(seen.slice(4)).toEqual(['0', '1', '2', '3'])
  })
})

import { mergeAll } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { ack, assign, consumer, type Consumer } from '../../../../src/index.js'
import { rig } from '../../../support/rig.js'

const place = { topic: 'orders', partition: 0 }

/** What a promise comes to, in virtual time. */
const outcome = async (asked: Promise<unknown>, pass: () => void): Promise<unknown> => {
  const settled = asked.then(
    (value) => value,
    (error: unknown) => (error as { readonly fault?: unknown }).fault ?? error
  )
  pass()
  return settled
}

describe('the lookups of offsets', () => {
  it('read nothing and join nothing, with a subscription and without', async () => {
    const { clock, cluster, orders, rebalances } = rig(2, {}, 6)
    const pass = (): void => {
      clock.advance(1_000)
    }
    expect(await outcome(orders.endOffsets([place]), pass)).toEqual([{ ...place, offset: 3n }])
    expect(cluster.describeGroup('billing').members).toEqual([])
    const seen: unknown[] = []
    orders.pipe(mergeAll(), ack()).subscribe((record) => seen.push(record))
    clock.advance(1_000)
    cluster.deleteRecords(place, 2n)
    expect(await outcome(orders.beginningOffsets([place]), pass)).toEqual([{ ...place, offset: 2n }])
    expect([seen.length, rebalances.length, cluster.describeGroup('billing').members.length]).toEqual([6, 1, 1])
  })

  it('by time give the first record that is as young, and null where there is none', async () => {
    const { clock, cluster, orders } = rig(2)
    for (const timestamp of [1_000, 2_000, 3_000]) cluster.produce('orders', { partition: 0, value: '1', timestamp })
    const asked = [1, 2_500, 3_001].map((timestamp) => orders.offsetsForTimes([{ ...place, timestamp }]))
    const pass = (): void => {
      clock.advance(1_000)
    }
    const found = (offset: bigint | null): unknown => [{ ...place, offset }]
    expect(await outcome(Promise.all(asked), pass)).toEqual([found(0n), found(2n), found(null)])
  })

  it('are told where nothing answers in time, and nothing is left', async () => {
    const { clock, cluster, member } = rig(1, { 'default.api.timeout.ms': 500 })
    const reader = member()
    const pass = (): void => {
      clock.advance(60_000)
    }
    const timedOut = { _tag: 'TimeoutFault', what: 'the lookup of offsets', afterMs: 500 }
    const ofNone = reader.endOffsets([{ topic: 'none', partition: 0 }])
    // What it has waited for is part of it.
    const last = { _tag: 'UnknownTopicFault', topic: 'none' }
    expect(await outcome(ofNone, pass)).toMatchObject({ ...timedOut, last })
    await expect(ofNone).rejects.toThrow('did not answer within 500 ms: the topic none does not exist')
    cluster.failNext('ListOffsets', 'disconnect', 100)
    expect(await outcome(reader.endOffsets([place]), pass)).toMatchObject(timedOut)
  })

  it('report what they wait for, and are no part of the status', async () => {
    const { clock, cluster, orders, events } = rig(1)
    const asked = orders.endOffsets([{ topic: 'later', partition: 0 }])
    clock.advance(1_000)
    const unknown = { _tag: 'waiting', fault: { _tag: 'UnknownTopicFault', topic: 'later' } }
    expect(events[0]).toMatchObject(unknown)
    expect(orders.status().waits).toEqual([])
    cluster.createTopic('later', 1)
    const pass = (): void => {
      clock.advance(10_000)
    }
    expect(await outcome(asked, pass)).toEqual([{ topic: 'later', partition: 0, offset: 0n }])
    const times = (tag: string): number => events.filter(({ _tag }) => _tag === tag).length
    expect(times('waiting')).toBeGreaterThan(0)
    expect(times('recovered')).toBe(times('waiting'))
  })

  it('are tried again where the leader or the coordinator has moved', async () => {
    const { clock, cluster, orders } = rig(1, {}, 3)
    const pass = (): void => {
      clock.advance(10_000)
    }
    cluster.failNext('ListOffsets', 6, 2)
    cluster.failNext('OffsetFetch', 16, 2)
    expect(await outcome(orders.endOffsets([place]), pass)).toEqual([{ ...place, offset: 3n }])
    expect(await outcome(orders.committed([place]), pass)).toEqual([{ ...place, offset: null, metadata: '' }])
  })

  it('need a group only for what is committed', async () => {
    const { clock, cluster } = rig(1, {}, 3)
    const pass = (): void => {
      clock.advance(1_000)
    }
    const alone = consumer(cluster, { subscription: assign([{ ...place, from: 'end' }]) })
    expect(await outcome(alone.endOffsets([place]), pass)).toEqual([{ ...place, offset: 3n }])
    expect(await outcome(alone.committed([place]), pass)).toMatchObject({ _tag: 'UsageFault' })
  })

  const wrong: readonly (readonly [string, (orders: Consumer) => Promise<unknown>, string])[] = [
    ['no list', (orders) => orders.endOffsets(place as never), 'ConfigFault'],
    ['nothing', (orders) => orders.committed(undefined as never), 'ConfigFault'],
    ['no partition', (orders) => orders.beginningOffsets([{ topic: 'orders' } as never]), 'ConfigFault'],
    ['a partition twice', (orders) => orders.endOffsets([place, place]), 'UsageFault'],
    [
      'a time that is none',
      (orders) => orders.offsetsForTimes([{ ...place, timestamp: 'now' as never }]),
      'ConfigFault'
    ]
  ]
  it.each(wrong)('refuse %s', async (_what, ask, fault) => {
    const { clock, orders } = rig(1)
    const pass = (): void => {
      clock.advance(100)
    }
    expect(await outcome(ask(orders), pass)).toMatchObject({ _tag: fault })
  })
})

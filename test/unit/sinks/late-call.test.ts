import { describe, expect, it } from 'vitest'
import { ack, commit, type ConsumerEvent, deadLetterTo, eachPartition, handle, sink } from '../../../src/index.js'
import { testPartition } from '../../../src/testing.js'
import { collect } from '../../support/collect.js'
import { rig } from '../../support/rig.js'
import { VirtualClock } from '../../support/virtual-clock.js'

const turns = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn++) await new Promise((go) => setImmediate(go))
}
const waits = (events: readonly ConsumerEvent[]): readonly unknown[] =>
  events.flatMap((event) => {
    if (event._tag === 'waiting') return [[event.reason, event.fault, event.inMs]]
    return event._tag === 'recovered' ? [[event.what, event.afterMs]] : []
  })

describe('a call to a store that takes long', () => {
  it('is reported after ten seconds, every ten seconds, and when it is over', async () => {
    const clock = new VirtualClock()
    const partition = testPartition({ clock, topic: 'orders' })
    let answer = (): void => undefined
    const write = (): Promise<void> => new Promise((resolve) => (answer = resolve))
    const { values, subscription } = collect(partition.stream.pipe(sink({ write }), ack()))
    partition.deliver({ value: 'a' })
    clock.advance(9_999)
    expect(waits(partition.events)).toEqual([])
    clock.advance(11_001)
    answer()
    await turns()
    expect(values).toHaveLength(1)
    const reason = 'sink has no answer for records of orders/0 yet'
    expect(waits(partition.events)).toEqual([
      [reason, { _tag: 'TimeoutFault', what: 'sink', afterMs: 10_000 }, 10_000],
      [reason, { _tag: 'TimeoutFault', what: 'sink', afterMs: 20_000 }, 10_000],
      [reason, 21_000]
    ])
    subscription.unsubscribe()
    expect(clock.pending).toBe(0)
  })

  it('is reported with the time until it is given up', () => {
    const clock = new VirtualClock()
    const partition = testPartition({ clock, topic: 'orders' })
    const { ended } = collect(
      partition.stream.pipe(sink({ write: () => new Promise(() => undefined), timeoutMs: 12_000 }), ack())
    )
    void ended
    partition.deliver({ value: 'a' })
    clock.advance(60_000)
    expect(waits(partition.events)).toMatchObject([[expect.any(String), { afterMs: 10_000 }, 2_000], [expect.any(String), 12_000]]) // prettier-ignore
    expect(clock.pending).toBe(0)
  })

  it('is reported of a dead letter, too, and is in the status of the consumer', async () => {
    const made = rig(1)
    made.cluster.produce('orders', { value: 'a' })
    let answer = (): void => undefined
    const onFailure = deadLetterTo({ write: () => new Promise<void>((resolve) => (answer = resolve)) })
    const failing = (): never => {
      throw new Error('boom')
    }
    made.orders.pipe(eachPartition((p) => p.pipe(handle(failing, { onFailure }), commit({ every: 1 })))).subscribe()
    made.clock.advance(15_000)
    const reason = 'deadLetterTo has no answer for records of orders/0 yet'
    expect(made.orders.status().waits).toMatchObject([{ for: 'waiting', what: reason }])
    answer()
    for (let second = 0; second < 7; second++) {
      await turns()
      made.clock.advance(1_000)
    }
    expect(made.orders.status().waits).toEqual([])
    expect(made.committed()).toEqual([1n])
    expect(waits(made.events).at(-1)).toMatchObject([reason, expect.any(Number)])
  })
})

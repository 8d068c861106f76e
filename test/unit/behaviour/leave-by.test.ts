import { NEVER } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { commit, consumer, type Consumer, eachPartition, handle, subscribe } from '../../../src/index.js'
import type { KafkaCalls } from '../../../src/ports/kafka-calls.js'
import { outcomeOf } from '../../support/life-cycles.js'
import { group } from '../../support/rig.js'
import { tappedCluster } from '../../support/tapped-cluster.js'
import type { VirtualClock } from '../../support/virtual-clock.js'

/** A consumer with something to commit, whose brokers all freeze: they take requests and answer none. */
const beside = (
  frozenFrom: 'the start' | 'half a second'
): { readonly clock: VirtualClock; readonly orders: Consumer } => {
  let frozen = frozenFrom === 'the start'
  const freezing = (calls: KafkaCalls): Partial<KafkaCalls> =>
    Object.fromEntries(
      Object.entries(calls)
        .filter(([name]) => name !== 'close')
        .map(([name, call]: [string, (...given: never[]) => unknown]) => [
          name,
          (...given: never[]) => (frozen ? NEVER : call.call(calls, ...given))
        ])
    )
  const { clock, cluster, produce } = tappedCluster(1, freezing)
  produce(0, '0', '1', '2')
  const orders = consumer(cluster, {
    'group.id': group,
    'auto.offset.reset': 'earliest',
    subscription: subscribe('orders')
  })
  orders
    .pipe(
      eachPartition((p) =>
        p.pipe(
          handle(() => undefined),
          commit({ withinMs: 60_000 })
        )
      )
    )
    .subscribe()
  clock.advance(500)
  frozen = true
  return { clock, orders }
}

/** After how many ms it is over. */
const over = async (clock: VirtualClock, ended: Promise<unknown>): Promise<number> => {
  const from = clock.now()
  while ((await outcomeOf(ended)) === 'pending') {
    if (clock.now() - from > 60_000) return Infinity
    clock.advance(10)
  }
  return clock.now() - from
}

describe.each(['the start', 'half a second'] as const)('with brokers that answer nothing from %s on', (from) => {
  it('close() ends after 5 s, close({ timeoutMs }) and drain({ timeoutMs }) after that time', async () => {
    const ways: readonly (readonly [number, (orders: Consumer) => Promise<unknown>])[] = [
      [5_000, (orders) => orders.close()],
      [200, (orders) => orders.close({ timeoutMs: 200 })],
      [0, (orders) => orders.close({ timeoutMs: 0 })],
      [1_000, (orders) => orders.drain({ timeoutMs: 1_000 })],
      [30_000, (orders) => orders.drain()]
    ]
    for (const [ms, end] of ways) {
      const { clock, orders } = beside(from)
      expect(await over(clock, end(orders))).toBeLessThanOrEqual(ms + 10)
      // The broker's own session timer is through by then.
      clock.advance(60_000)
      expect([ms, clock.pending]).toEqual([ms, 0])
    }
  })

  it('the earliest of several deadlines counts, also while the consumer is leaving', async () => {
    const { clock, orders } = beside(from)
    const drained = orders.drain({ timeoutMs: 20_000 })
    clock.advance(19_500)
    void orders.close({ timeoutMs: 100 })
    expect(await over(clock, drained)).toBeLessThanOrEqual(110)
    const other = beside(from)
    const closed = other.orders.close()
    other.clock.advance(1_000)
    void other.orders.drain({ timeoutMs: 100 })
    void other.orders.close({ timeoutMs: 60_000 })
    expect(await over(other.clock, closed)).toBeLessThanOrEqual(110)
    clock.advance(60_000)
    other.clock.advance(60_000)
    expect([clock.pending, other.clock.pending]).toEqual([0, 0])
  })
})

import { NEVER } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { assign, consumer, subscribe } from '../../../src/index.js'
import type { FetchRequest } from '../../../src/ports/kafka-calls.js'
import { type TappedCluster, tappedCluster } from '../../support/tapped-cluster.js'

const ways = [
  ['with a group', { 'group.id': 'billing', subscription: subscribe('orders') }],
  ['without one', { subscription: assign([{ topic: 'orders', partition: 0, from: 'beginning' }]) }]
] as const

/** A consumer that reads for a while, closes, and is closed by then; gives the fetch requests, and when it was. */
const closing = (
  config: (typeof ways)[number][1],
  answers: (request: FetchRequest) => boolean
): TappedCluster & { readonly requests: FetchRequest[]; readonly closedAt: () => number | null } => {
  const requests: FetchRequest[] = []
  const tapped = tappedCluster(2, (calls) => ({
    fetch: (node, request) => {
      requests.push(request)
      return answers(request) ? calls.fetch(node, request) : NEVER
    }
  }))
  tapped.produce(0, 'a')
  const orders = consumer(tapped.cluster, { 'auto.offset.reset': 'earliest', ...config })
  let closedAt: number | null = null
  orders.subscribe({
    next: (partition) => partition.subscribe(),
    complete: () => {
      closedAt = tapped.clock.now()
    }
  })
  tapped.clock.advance(2_000)
  void orders.close()
  tapped.clock.advance(10_000)
  return { ...tapped, requests, closedAt: () => closedAt }
}

describe('a consumer that closes', () => {
  it.each(ways)('ends its fetch session, %s', (_name, config) => {
    const { requests, closedAt, clock } = closing(config, () => true)
    const { id } = requests.at(-2)?.session ?? { id: 0 }
    expect(id).toBeGreaterThan(0)
    expect(requests.at(-1)).toMatchObject({ session: { id, epoch: -1 }, partitions: [], forgotten: [], maxWaitMs: 0 })
    expect(closedAt()).toBe(2_000)
    expect(clock.pending).toBe(0)
  })

  it.each(ways)('does not wait for ever for a broker that does not answer, %s', (_name, config) => {
    const { closedAt, clock } = closing(config, ({ session }) => session.epoch >= 0)
    expect(closedAt()).toBe(7_000)
    expect(clock.pending).toBe(0)
  })
})

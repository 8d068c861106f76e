import { describe, expect, it } from 'vitest'
import { consumer, ConsumerError, subscribe } from '../../../src/index.js'
import { memoryCluster } from '../../../src/testing.js'

const thrownBy = (run: () => unknown): string => {
  try {
    run()
  } catch (error) {
    if (error instanceof ConsumerError) return error.message
    throw error
  }
  return ''
}

describe('a program in plain JavaScript that is written as for kafkajs', () => {
  it('learns that subscribe takes an observer, and not topics', () => {
    const cluster = memoryCluster({ topics: { orders: 1 } })
    const made = () => consumer(cluster, { 'group.id': 'g', subscription: subscribe('orders') })
    const orders = made()
    for (const given of [{ topics: ['orders'], fromBeginning: true }, { topic: 'orders' }])
      expect(thrownBy(() => orders.subscribe(given as never))).toContain(
        "is its property subscription: subscribe('orders')"
      )
    expect(orders.status().phase).toBe('idle')
    for (const given of [undefined, null, {}, { next: () => undefined, topic: 'orders' }, () => undefined])
      made()
        .subscribe(given as never)
        .unsubscribe()
  })
})

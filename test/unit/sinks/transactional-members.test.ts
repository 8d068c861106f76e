import { firstValueFrom } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { consumer, deserialize, subscribe, transactional, utf8 } from '../../../src/index.js'
import { memoryCluster } from '../../../src/testing.js'

describe('a transactional pipeline', () => {
  it.each(['classic', 'consumer'] as const)('commits its offsets as a member by the %s protocol', async (protocol) => {
    const cluster = memoryCluster({ topics: { orders: 1, sums: 1 } })
    cluster.produce('orders', { value: 'a' }, { value: 'b' })
    const orders = consumer(cluster, {
      'group.id': 'g',
      'group.protocol': protocol,
      'auto.offset.reset': 'earliest',
      'enable.auto.commit': false,
      subscription: subscribe('orders')
    })
    const copied = orders.pipe(
      transactional(cluster, { 'transactional.id': 'copy' }, (partition, tx) =>
        partition.pipe(
          deserialize({ value: utf8 }),
          tx.produceTo({ topic: 'sums', record: ({ value }) => ({ value }) })
        )
      )
    )
    await firstValueFrom(copied)
    await orders.drain()
    expect(cluster.committed('g', { topic: 'orders', partition: 0 })).toBe(2n)
    expect(cluster.records({ topic: 'sums', partition: 0 }).length).toBe(2)
  })
})

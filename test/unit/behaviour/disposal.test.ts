import { describe, expect, it } from 'vitest'
import { type Admin, consumer, producer, records, subscribe } from '../../../src/index.js'
import { kafka } from '../../../src/kafka.js'
import { memoryCluster } from '../../../src/testing.js'

describe('await using', () => {
  it('ends consumer, producer, admin client and cluster in the reverse order of their declaration', async () => {
    const group = 'billing'
    const described = await (async () => {
      await using cluster = memoryCluster({ topics: { orders: 1, invoices: 1 } })
      cluster.produce('orders', { value: '0' }, { value: '1' }, { value: '2' })
      await using invoices = producer(cluster)
      await using orders = consumer(cluster, {
        'group.id': group,
        'auto.offset.reset': 'earliest',
        subscription: subscribe('orders')
      })
      for await (const { offset, value } of records(orders)) {
        await invoices.send({ topic: 'invoices', value })
        if (offset === 1n) break
      }
      return cluster
    })()
    expect(described.committed(group, { topic: 'orders', partition: 0 })).toBe(1n)
    expect(described.records({ topic: 'invoices', partition: 0 }).length).toBe(2)
    expect(described.describeGroup(group).members).toEqual([])
  })

  it.each([
    ['the embedded cluster', () => memoryCluster({ topics: { orders: 1 } })],
    ['a real one', () => kafka({ 'bootstrap.servers': '127.0.0.1:1' })]
  ])('of %s closes its admin clients', async (_which, make) => {
    const cluster = make()
    const admins: readonly Admin[] = [cluster.admin(), cluster.admin()]
    await admins[0]?.[Symbol.asyncDispose]()
    await cluster[Symbol.asyncDispose]()
    for (const admin of admins) await expect(admin.listTopics()).rejects.toThrow('closed')
  })
})

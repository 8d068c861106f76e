import { expect, it } from 'vitest'
import { commit, consumer, eachPartition, handle, subscribe } from '../../../src/index.js'
import { memoryCluster } from '../../../src/testing.js'

const config = { 'group.id': 'g', subscription: subscribe('orders') }

it('JSON.stringify takes the report of a drain, with offsets as text', async () => {
  const cluster = memoryCluster({ topics: { orders: 1 } })
  cluster.produce('orders', { value: 'a' })
  const orders = consumer(cluster, { ...config, 'auto.offset.reset': 'earliest' })
  const committed = new Promise((done) => {
    orders
      .pipe(
        eachPartition((partition) =>
          partition.pipe(
            handle(() => undefined),
            commit({ every: 1 })
          )
        )
      )
      .subscribe(done)
  })
  await committed
  const report = await orders.drain()
  expect(JSON.parse(JSON.stringify({ report }))).toEqual({
    report: {
      outcome: 'drained',
      partitions: [{ topic: 'orders', partition: 0, outcome: 'drained', committed: '1', repeated: 0 }]
    }
  })
  expect(report).toStrictEqual({
    outcome: 'drained',
    partitions: [{ topic: 'orders', partition: 0, outcome: 'drained', committed: 1n, repeated: 0 }]
  })
})

it('also that of a drain which a handler calls', async () => {
  const cluster = memoryCluster({ topics: { orders: 1 } })
  cluster.produce('orders', { value: 'a' })
  const orders = consumer(cluster, { ...config, 'auto.offset.reset': 'earliest' })
  const written = new Promise((done) => {
    const drains = handle(async () => {
      done(JSON.stringify(await orders.drain()))
    })
    orders.pipe(eachPartition((partition) => partition.pipe(drains, commit()))).subscribe()
  })
  expect(await written).toContain('under way')
})

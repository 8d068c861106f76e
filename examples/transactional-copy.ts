// How do I write results to another topic so that each is there once, even if a run fails in the middle of a transaction?
//
// prints:
//   run 1 is aborted: handle failed at orders/0 offset 2 in attempt 1: no price for c yet
//   run 2 committed up to 4
//   invoices that readers see: a, b, c, d
import { lastValueFrom, tap } from 'rxjs'
import { ack, assign, consumer, deserialize, eachPartition, handle, logTo, subscribe, transactional, utf8 } from 'ackstream' // prettier-ignore
import { memoryCluster } from 'ackstream/testing'

const cluster = memoryCluster({ topics: { orders: 1, invoices: 1 } })
cluster.produce('orders', ...['a', 'b', 'c', 'd'].map((value) => ({ value })))

const prices = new Map([
  ['a', 1],
  ['b', 2],
  ['d', 4]
])

for (const run of [1, 2]) {
  const orders = consumer(cluster, {
    'group.id': 'invoicing',
    'auto.offset.reset': 'earliest',
    'enable.auto.commit': false, // offsets are committed with the transactions
    subscription: subscribe('orders')
  })
  logTo(orders, console, { level: 'warn' })
  const copy = transactional(cluster, { 'transactional.id': 'invoicing-1' }, (partition, tx) =>
    partition.pipe(
      deserialize({ value: utf8 }),
      tx.produceTo({ topic: 'invoices', record: ({ value }) => ({ value }) }),
      handle(({ value }) => {
        if (!prices.has(value)) throw new Error(`no price for ${value} yet`)
      })
    )
  )
  await lastValueFrom(
    orders.pipe(
      copy,
      tap(({ offsets }) => {
        console.log(`run ${run} committed up to ${offsets[0]?.offset ?? 0n}`)
        void orders.drain()
      })
    )
  ).catch((error: unknown) => {
    console.log(`run ${run} is aborted: ${(error as Error).message}`)
    prices.set('c', 3)
  })
}

const seen: string[] = []
const invoices = consumer(cluster, {
  'isolation.level': 'read_committed',
  subscription: assign([{ topic: 'invoices', partition: 0, from: 'beginning' }])
})
await lastValueFrom(
  invoices.pipe(
    eachPartition((partition) =>
      partition.pipe(
        deserialize({ value: utf8 }),
        handle(({ value }) => {
          if (seen.push(value) === 4) void invoices.drain()
        }),
        ack()
      )
    )
  ),
  { defaultValue: null }
)
console.log(`invoices that readers see: ${seen.join(', ')}`)

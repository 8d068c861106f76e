// How do I read a topic, do something with each record, and commit only what is done?
//
// prints:
//   a is charged 12
//   b is charged 30
//   a is charged 7
//   committed: orders/0 goes on at 3
import * as t from 'io-ts'
import { commit, consumer, deserialize, eachPartition, handle, json, logTo, nullable, subscribe, utf8 } from 'ackstream'
import { memoryCluster } from 'ackstream/testing'

const Order = t.type({ amount: t.number })
type Order = t.TypeOf<typeof Order>

const cluster = memoryCluster({ topics: { orders: 1 } })
cluster.produce('orders', { key: 'a', value: '{"amount":12}' }, { key: 'b', value: '{"amount":30}' })
cluster.produce('orders', { key: 'a', value: '{"amount":7}' })

const charge = async (customer: string | null, { amount }: Order): Promise<void> => {
  await Promise.resolve() // a call to somebody who takes money
  console.log(`${customer ?? 'nobody'} is charged ${amount}`)
}

const orders = consumer(cluster, {
  'group.id': 'billing',
  'auto.offset.reset': 'earliest',
  subscription: subscribe('orders')
})
logTo(orders, console, { level: 'warn' })

orders
  .pipe(
    eachPartition((partition) =>
      partition.pipe(
        deserialize({ key: nullable(utf8), value: json(Order) }),
        handle(({ key, value }) => charge(key, value)),
        commit({ every: 3, withinMs: 1000 })
      )
    )
  )
  .subscribe(({ topic, partition, offset }) => {
    console.log(`committed: ${topic}/${partition} goes on at ${offset}`)
    void orders.drain() // a service would go on
  })

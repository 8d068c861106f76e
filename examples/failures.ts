// What reaches the error callback, and how is one bad record skipped instead?
//
// The library throws one exception, and its fault is data: a tag to branch on, typed fields, and a line to be logged.
//
// prints:
//   strict: DecodeFault at offset 1
//   strict: the value of orders/0 offset 1 cannot be decoded (io-ts): one value does not fit: $.amount: a string where number is expected
//   lenient: skipped offset 1
//   lenient: committed up to 3
import * as t from 'io-ts'
import {
  type Committed,
  commit,
  type Consumer,
  consumer,
  ConsumerError,
  deserialize,
  eachPartition,
  json,
  logTo,
  type OnFailure,
  subscribe
} from 'ackstream'
import { memoryCluster } from 'ackstream/testing'
import type { Observable } from 'rxjs'

const Order = t.type({ amount: t.number })
const cluster = memoryCluster({ topics: { orders: 1 } })
cluster.produce('orders', { value: '{"amount":1}' }, { value: '{"amount":"two"}' }, { value: '{"amount":3}' })

const member = (groupId: string): Consumer => {
  const config = { 'group.id': groupId, 'auto.offset.reset': 'earliest', subscription: subscribe('orders') } as const
  const orders = consumer(cluster, config)
  logTo(orders, console, { level: 'warn' })
  return orders
}

const decoding = (orders: Consumer, onFailure: OnFailure): Observable<Committed> =>
  orders.pipe(
    eachPartition((partition) =>
      partition.pipe(deserialize({ value: json(Order) }, { onFailure }), commit({ every: 3 }))
    )
  )

decoding(member('strict'), 'fail').subscribe({
  error: (error: unknown) => {
    if (!(error instanceof ConsumerError)) throw error
    const { fault } = error
    if (fault._tag === 'DecodeFault') console.log(`strict: DecodeFault at offset ${fault.place?.offset ?? 'unknown'}`)
    console.log(`strict: ${error.message}`)
    beLenient()
  }
})

const beLenient = (): void => {
  const orders = member('lenient')
  orders.events.subscribe((event) => {
    if (event._tag === 'skipped') console.log(`lenient: skipped offset ${event.offset}`)
  })
  decoding(orders, 'skip').subscribe(({ offset }) => {
    console.log(`lenient: committed up to ${offset}`)
    void orders.drain()
  })
}

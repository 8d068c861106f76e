// How do I write results to another topic, and commit only what Kafka has confirmed there?
//
// prints:
//   committed up to 3
//   euros/0: ann 10.8
//   euros/0: bob 5.4
//   euros/0: ann 21.6
import {
  commit,
  consumer,
  deserialize,
  eachPartition,
  finite,
  json,
  logTo,
  mapValue,
  nullable,
  produceTo,
  subscribe,
  utf8
} from 'ackstream'
import { memoryCluster } from 'ackstream/testing'

const cluster = memoryCluster({ topics: { dollars: 1, euros: 1 } })
cluster.produce('dollars', { key: 'ann', value: '12' }, { key: 'bob', value: '6' }, { key: 'ann', value: '24' })

const dollars = consumer(cluster, {
  'group.id': 'exchange',
  'auto.offset.reset': 'earliest',
  subscription: subscribe('dollars')
})
logTo(dollars, console, { level: 'warn' })

dollars
  .pipe(
    eachPartition((partition) =>
      partition.pipe(
        deserialize({ key: nullable(utf8), value: json(finite) }),
        mapValue((amount) => Math.round(amount * 90) / 100),
        produceTo(cluster, { topic: 'euros', record: ({ key, value }) => ({ key, value: String(value) }) }),
        commit({ every: 3 })
      )
    )
  )
  .subscribe(({ offset }) => {
    console.log(`committed up to ${offset}`)
    void dollars.drain()
  })
  .add(() => {
    const text = (bytes: Uint8Array | null): string => Buffer.from(bytes ?? []).toString()
    for (const { key, value } of cluster.records({ topic: 'euros', partition: 0 }))
      console.log(`euros/0: ${text(key)} ${text(value)}`)
  })

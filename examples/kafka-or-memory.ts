// How does one program run on Kafka, and without any while I develop?
//
// As its first argument it takes the brokers of a real cluster, HOST:PORT; without, it brings its own.
//
// prints:
//   hello
//   world
import { from, lastValueFrom } from 'rxjs'
import {
  type Cluster,
  commit,
  consumer,
  deserialize,
  eachPartition,
  logTo,
  produceTo,
  subscribe,
  utf8,
  writeTo
} from 'ackstream'
import { kafka } from 'ackstream/kafka'
import { memoryCluster } from 'ackstream/testing'

const [, , brokers] = process.argv
// Both are a Cluster: the rest of the program cannot tell which.
const cluster: Cluster = brokers === undefined ? memoryCluster() : kafka({ 'bootstrap.servers': brokers })

const topic = `greetings-${Date.now()}`
await cluster.createTopics([{ topic, partitions: 1 }])
await lastValueFrom(from([{ value: 'hello' }, { value: 'world' }]).pipe(produceTo(cluster, { topic })))

const greetings = consumer(cluster, {
  'group.id': topic,
  'auto.offset.reset': 'earliest',
  subscription: subscribe(topic)
})
logTo(greetings, console, { level: 'warn' })

greetings
  .pipe(
    eachPartition((partition) =>
      partition.pipe(
        deserialize({ value: utf8 }),
        writeTo(({ value }) => {
          console.log(value)
        }),
        commit({ every: 2 })
      )
    )
  )
  .subscribe(() => void greetings.drain())

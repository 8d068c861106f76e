// Imports every entry, and runs a pipeline and a diagram. With the address of a broker as its argument it does the same on Kafka.
import { commit, consumer, deserialize, eachPartition, handle, producer, subscribe, utf8 } from 'ackstream'
import { kafka } from 'ackstream/kafka'
import { marbles, memoryCluster } from 'ackstream/testing'

const entries = ['kafkajs', 'metrics', 'ndjson', 'opentelemetry', 'postgres', 'http', 'sqlite', 'testing/fast-check', 'workers']
for (const entry of entries)
  if (Object.keys(await import(`ackstream/${entry}`)).length === 0) console.log(`${entry} has no exports`)

const readsAndCommits = async (cluster, topic) => {
  const greetings = consumer(cluster, { 'group.id': topic, 'auto.offset.reset': 'earliest', subscription: subscribe(topic) })
  await new Promise((resolve, reject) => {
    greetings
      .pipe(
        eachPartition((partition) =>
          partition.pipe(
            deserialize({ value: utf8 }),
            handle(async (record) => {
              await new Promise((done) => setTimeout(done, 1))
              console.log(record.value)
              void greetings.drain()
            }),
            commit()
          )
        )
      )
      .subscribe({ error: reject, complete: resolve })
  })
  const [stored] = await greetings.committed([{ topic, partition: 0 }])
  console.log('committed', String(stored?.offset))
}

const cluster = memoryCluster({ topics: { greetings: 1 } })
const orders = producer(cluster)
await orders.send({ topic: 'greetings', value: 'hello' })
await orders.close()
await readsAndCommits(cluster, 'greetings')

await marbles(({ cluster }) => {
  cluster(
    `
    orders/0              -abc-----
    sink b                ---|
    one                   ^--------
    one orders/0          ^abc-----
    one orders/0 commits  -a---(bc)
    `,
    {
      pipeline: (orders, { sink }) =>
        orders.pipe(eachPartition((partition) => partition.pipe(handle(sink), commit({ every: 1 }))))
    }
  )
})()
console.log('the diagram came true')

const broker = process.argv[2]
if (broker !== undefined) {
  const topic = `greetings-${Date.now()}`
  const real = kafka({ 'bootstrap.servers': broker })
  await real.createTopics([{ topic, partitions: 1 }])
  const writer = producer(real, { 'compression.type': 'gzip' })
  await writer.send({ topic, value: 'hello, Kafka' })
  await writer.close()
  await readsAndCommits(real, topic)
}

// The same loop with kafkajs: eachBatch, one send of the whole batch, then commit.
import kafkajs from 'kafkajs'

const [brokers, from, to, records] = process.argv.slice(2)
const count = Number(records)
const client = new kafkajs.Kafka({ brokers: brokers.split(','), logLevel: kafkajs.logLevel.NOTHING })
const consumer = client.consumer({ groupId: `copy-${process.pid}` })
const producer = client.producer({ idempotent: true })
await producer.connect()
await consumer.connect()
await consumer.subscribe({ topic: from, fromBeginning: true })
let began = 0
let done = 0
await consumer.run({
  autoCommit: false,
  partitionsConsumedConcurrently: 4,
  eachBatch: async ({ batch }) => {
    began ||= performance.now()
    const messages = batch.messages.map(({ key, value }) => ({ key, value: value.toString('utf8').toUpperCase() }))
    await producer.send({ topic: to, acks: -1, messages })
    await consumer.commitOffsets([
      { topic: from, partition: batch.partition, offset: String(BigInt(batch.lastOffset()) + 1n) }
    ])
    done += messages.length
    if (done < count) return
    console.log(
      JSON.stringify({ ms: performance.now() - began, records: count, rss: process.resourceUsage().maxRSS * 1024 })
    )
    setImmediate(() => process.exit(0))
  }
})

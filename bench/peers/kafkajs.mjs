// Drains a topic with kafkajs, by eachBatch or eachMessage; prints records, ms and peak memory as JSON.
import kafkajs from 'kafkajs'

const [, , brokers, topic, total, mode] = process.argv
const count = Number(total)
const client = new kafkajs.Kafka({ brokers: brokers.split(','), logLevel: kafkajs.logLevel.NOTHING })
const consumer = client.consumer({ groupId: `bench-${process.pid}-${Date.now()}` })
await consumer.connect()
await consumer.subscribe({ topic, fromBeginning: true })
let seen = 0
let began = 0
let length = 0
const handle = (message) => {
  if (seen++ === 0) began = performance.now()
  length += message.value.length
  if (seen === count) {
    const ms = performance.now() - began
    console.log(JSON.stringify({ records: seen, ms, rss: process.resourceUsage().maxRSS * 1024 }))
    setImmediate(() => process.exit(0))
  }
}
await consumer.run(
  mode === 'eachBatch'
    ? {
        eachBatch: async ({ batch }) => {
          for (const message of batch.messages) handle(message)
        }
      }
    : { eachMessage: async ({ message }) => handle(message) }
)

// Drains a topic with kafkajs, by eachBatch or eachMessage.
import kafkajs from 'kafkajs'
import { drained } from './measure.mjs'

const [, , brokers, topic, total, mode] = process.argv
const client = new kafkajs.Kafka({ brokers: brokers.split(','), logLevel: kafkajs.logLevel.NOTHING })
const consumer = client.consumer({ groupId: `bench-${process.pid}-${Date.now()}` })
await consumer.connect()
await consumer.subscribe({ topic, fromBeginning: true })
const count = drained(Number(total), () => setImmediate(() => process.exit(0)))
let length = 0
const handle = (message) => {
  length += message.value.length
  count()
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

// drain BROKERS TOPIC RECORDS: a handler of 5 ms under kafkajs's eachMessage, four partitions at once.
import kafkajs from 'kafkajs'
import { drained } from './measure.mjs'

const [, , , brokers, topic, total] = process.argv
const client = new kafkajs.Kafka({ brokers: brokers.split(','), logLevel: kafkajs.logLevel.NOTHING })
const consumer = client.consumer({ groupId: `bench-${process.pid}-${Date.now()}` })
await consumer.connect()
await consumer.subscribe({ topic, fromBeginning: true })
const { begin, take } = drained(Number(total), { done: () => setImmediate(() => process.exit(0)) })
consumer.on(consumer.events.GROUP_JOIN, begin)
await consumer.run({
  partitionsConsumedConcurrently: 4,
  eachMessage: async ({ message }) => {
    await new Promise((done) => setTimeout(done, 5))
    take(message.value)
  }
})

// The same handler of 5 ms under kafkajs's eachMessage, four partitions at once.
import kafkajs from 'kafkajs'

const [, , brokers, topic, total] = process.argv
const count = Number(total)
const client = new kafkajs.Kafka({ brokers: brokers.split(','), logLevel: kafkajs.logLevel.NOTHING })
const consumer = client.consumer({ groupId: `bench-${process.pid}-${Date.now()}` })
await consumer.connect()
await consumer.subscribe({ topic, fromBeginning: true })
let seen = 0
let began = 0
await consumer.run({
  partitionsConsumedConcurrently: 4,
  eachMessage: async () => {
    if (began === 0) began = performance.now()
    await new Promise((done) => setTimeout(done, 5))
    if (++seen === count) {
      console.log(JSON.stringify({ records: seen, ms: performance.now() - began }))
      setImmediate(() => process.exit(0))
    }
  }
})

// How long records take from being written to kafkajs's eachMessage: their values are the time at which they were.
import kafkajs from 'kafkajs'
import { latencies } from './measure.mjs'

const [, , brokers, topic, total, warmUp] = process.argv
const client = new kafkajs.Kafka({ brokers: brokers.split(','), logLevel: kafkajs.logLevel.NOTHING })
const consumer = client.consumer({ groupId: `bench-${process.pid}-${Date.now()}` })
await consumer.connect()
await consumer.subscribe({ topic, fromBeginning: true })
const took = latencies(Number(total), Number(warmUp), () => setImmediate(() => process.exit(0)))
consumer.on(consumer.events.GROUP_JOIN, () => console.log('ready'))
await consumer.run({ eachMessage: async ({ message }) => took(Number(message.value.toString())) })

// Drains a topic with partition streams, one mapValue and commit.
import { mapValue, commit, consumer, eachPartition, subscribe } from 'ackstream'
import { kafka } from 'ackstream/kafka'
import { drained } from './measure.mjs'

const [, , brokers, topic, total] = process.argv
const records = consumer(kafka({ 'bootstrap.servers': brokers }), {
  'group.id': `bench-${process.pid}-${Date.now()}`,
  'auto.offset.reset': 'earliest',
  subscription: subscribe(topic)
})
const count = drained(Number(total), () => void records.close())
const take = (value) => {
  count()
  return value
}
records.pipe(eachPartition((partition) => partition.pipe(mapValue(take), commit()))).subscribe()

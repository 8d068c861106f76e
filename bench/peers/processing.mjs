// Works through a topic with a handler of 5 ms in the order of each key; prints records, ms and breaches of the order as JSON.
import { commit, concurrencyLimit, consumer, eachPartition, handle, subscribe } from 'ackstream'
import { kafka } from 'ackstream/kafka'

const [, , brokers, topic, total, mode] = process.argv
const count = Number(total)
const records = consumer(kafka({ 'bootstrap.servers': brokers }), {
  'group.id': `bench-${process.pid}-${Date.now()}`,
  'auto.offset.reset': 'earliest',
  // Of 250 keys a partition all should have a record at hand.
  maxInFlight: 4_000,
  subscription: subscribe(topic)
})
const options = mode === 'shared' ? { order: 'key', limit: concurrencyLimit(256) } : { order: 'key', concurrency: 256 }
const text = new TextDecoder()
const last = new Map()
let seen = 0
let began = 0
let breaches = 0
const work = async (record) => {
  if (began === 0) began = performance.now()
  const key = text.decode(record.key)
  const number = Number(text.decode(record.value))
  // Of one key every record has to come behind the former, and not before that is done.
  if ((last.get(key) ?? -1) >= number) breaches++
  last.set(key, Infinity)
  await new Promise((done) => setTimeout(done, 5))
  last.set(key, number)
  if (++seen === count) {
    console.log(JSON.stringify({ records: seen, ms: performance.now() - began, breaches }))
    setImmediate(() => process.exit(0))
  }
}
records.pipe(eachPartition((partition) => partition.pipe(handle(work, options), commit({ every: 1_000 })))).subscribe()

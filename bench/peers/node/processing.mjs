// each|shared drain BROKERS TOPIC RECORDS: works through a topic with a handler of 5 ms in the order of each key; also
// prints the breaches of that order.
import { commit, concurrencyLimit, consumer, eachPartition, handle, subscribe } from 'ackstream'
import { kafka } from 'ackstream/kafka'
import { drained, numberOf } from './measure.mjs'

const [, , mode, , brokers, topic, total] = process.argv
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
let breaches = 0
const { begin, take } = drained(Number(total), {
  done: () => setImmediate(() => process.exit(0)),
  also: () => ({ breaches })
})
const work = async (record) => {
  const key = text.decode(record.key)
  const value = record.value
  const number = numberOf(value)
  // Of one key every record has to come behind the former, and not before that is done.
  if ((last.get(key) ?? -1) >= number) breaches++
  last.set(key, Infinity)
  await new Promise((done) => setTimeout(done, 5))
  last.set(key, number)
  take(value)
}
records.rebalances.subscribe(begin)
records.pipe(eachPartition((partition) => partition.pipe(handle(work, options), commit({ every: 1_000 })))).subscribe()

// hangs|none drain BROKERS TOPIC RECORDS: works through six partitions with a handler of 5 ms; the first may hang for ever.
// Prints what the other five did, and how the first stands.
import { commit, consumer, eachPartition, handle, subscribe } from 'ackstream'
import { kafka } from 'ackstream/kafka'
import { drained } from './measure.mjs'

const [, , hung, , brokers, topic, total] = process.argv
const records = consumer(kafka({ 'bootstrap.servers': brokers }), {
  'group.id': `bench-${process.pid}-${Date.now()}`,
  'auto.offset.reset': 'earliest',
  subscription: subscribe(topic)
})
const sixth = () => {
  const [{ standing, inFlight, waitingFor }] = records.positions().filter(({ partition }) => partition === 0)
  return { standing, inFlight, waitingFor: waitingFor && { ...waitingFor, offset: String(waitingFor.offset) } }
}
const { begin, take } = drained(5 * Math.floor(Number(total) / 6), {
  done: () => setImmediate(() => process.exit(0)),
  also: () => ({ sixth: sixth() })
})
const work = async ({ partition, value }) => {
  if (partition === 0 && hung === 'hangs') return new Promise(() => undefined)
  await new Promise((done) => setTimeout(done, 5))
  // The sixth is not counted, whether it hangs or not.
  if (partition !== 0) take(value)
}
records.rebalances.subscribe(begin)
records
  .pipe(
    eachPartition((partition) =>
      partition.pipe(handle(work, { order: 'key', concurrency: 64 }), commit({ every: 1_000 }))
    )
  )
  .subscribe()

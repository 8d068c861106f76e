// Every record of a large topic fails and is to be parked: what may wait aside is bounded, and so is the memory.
// node bench/peers/parked-memory.mjs BROKERS TOPIC: prints what was read, parked and in flight, and the peak of the memory.
import { commit, consumer, eachPartition, exponential, handle, park, subscribe } from 'ackstream'
import { kafka } from 'ackstream/kafka'

const [, , brokers, topic] = process.argv
const bound = 10_000
const records = consumer(kafka({ 'bootstrap.servers': brokers }), {
  'group.id': `parked-${process.pid}`,
  'auto.offset.reset': 'earliest',
  subscription: subscribe(topic)
})
const backoff = exponential({ initialMs: 60_000, maxMs: 60_000 })
const policy = park({ records: bound, retry: { attempts: 1_000, backoff }, then: 'fail' })
const fail = () => Promise.reject(new Error('never'))
records
  .pipe(
    eachPartition((partition) =>
      partition.pipe(handle(fail, { order: 'key', concurrency: 64, onFailure: policy }), commit())
    )
  )
  .subscribe()
setTimeout(() => {
  const positions = records.positions()
  const sum = (of) => positions.reduce((all, position) => all + Number(of(position)), 0)
  const read = sum(({ position }) => position)
  const inFlight = sum((position) => position.inFlight)
  const limit = positions.length * (bound + 1_000)
  const standing = positions.map((position) => position.standing)
  console.log(
    JSON.stringify({
      read,
      parked: read - inFlight,
      inFlight,
      limit,
      standing,
      rss: process.resourceUsage().maxRSS * 1024
    })
  )
  process.exit(read <= limit ? 0 : 1)
}, 8_000)

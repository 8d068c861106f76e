// Works through six partitions with a handler of 5 ms, of which one may hang for ever; prints what the other five did.
import { commit, consumer, eachPartition, handle, subscribe } from 'ackstream'
import { kafka } from 'ackstream/kafka'

const [, , brokers, topic, total, hung] = process.argv
const each = Math.floor(Number(total) / 6)
const count = 5 * each
const records = consumer(kafka({ 'bootstrap.servers': brokers }), {
  'group.id': `bench-${process.pid}-${Date.now()}`,
  'auto.offset.reset': 'earliest',
  subscription: subscribe(topic)
})
let seen = 0
let began = 0
const work = async (record) => {
  if (String(record.partition) === hung) return new Promise(() => undefined)
  await new Promise((done) => setTimeout(done, 5))
  // The sixth is not counted, whether it hangs or not.
  if (record.partition === 0) return
  if (began === 0) began = performance.now()
  if (++seen === count) {
    const [sixth] = records.positions().filter(({ partition }) => partition === 0)
    const { standing, inFlight, waitingFor } = sixth
    const said = { standing, inFlight, waitingFor: waitingFor && { ...waitingFor, offset: String(waitingFor.offset) } }
    console.log(JSON.stringify({ records: seen, ms: performance.now() - began, sixth: said }))
    setImmediate(() => process.exit(0))
  }
}
records
  .pipe(
    eachPartition((partition) =>
      partition.pipe(handle(work, { order: 'key', concurrency: 64 }), commit({ every: 1_000 }))
    )
  )
  .subscribe()

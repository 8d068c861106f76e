// node copy-ackstream.mjs BROKERS FROM TO RECORDS: consume, transform, produce, commit; prints how long it took.
import { commit, consumer, eachPartition, produceTo, subscribe } from 'ackstream'
import { kafka } from 'ackstream/kafka'

const [brokers, from, to, records] = process.argv.slice(2)
const count = Number(records)
const cluster = kafka({ 'bootstrap.servers': brokers })
const input = consumer(cluster, {
  'group.id': `copy-${process.pid}`,
  'auto.offset.reset': 'earliest',
  maxInFlight: 10_000,
  subscription: subscribe(from)
})
const text = new TextDecoder()
let began = 0
input
  .pipe(
    eachPartition((partition) =>
      partition.pipe(
        produceTo(cluster, {
          topic: to,
          record: ({ key, value }) => ((began ||= performance.now()), { key, value: text.decode(value).toUpperCase() })
        }),
        commit({ every: 20_000, withinMs: 100 })
      )
    )
  )
  .subscribe()
const stored = () => input.positions().reduce((sum, { committed }) => sum + Number(committed ?? 0), 0)
while (stored() < count) await new Promise((go) => setTimeout(go, 5))
console.log(
  JSON.stringify({ ms: performance.now() - began, records: count, rss: process.resourceUsage().maxRSS * 1024 })
)
await input.close()

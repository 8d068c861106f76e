// Drains a topic with partition streams, one mapValue and commit; prints records, ms and peak memory as JSON.
import { mapValue, commit, consumer, eachPartition, subscribe } from 'ackstream'
import { kafka } from 'ackstream/kafka'

const [, , brokers, topic, total] = process.argv
const count = Number(total)
const records = consumer(kafka({ 'bootstrap.servers': brokers }), {
  'group.id': `bench-${process.pid}-${Date.now()}`,
  'auto.offset.reset': 'earliest',
  subscription: subscribe(topic)
})
let seen = 0
let began = 0
records
  .pipe(
    eachPartition((partition) =>
      partition.pipe(
        mapValue((value) => {
          if (seen++ === 0) began = performance.now()
          if (seen === count) {
            const ms = performance.now() - began
            console.log(JSON.stringify({ records: seen, ms, rss: process.resourceUsage().maxRSS * 1024 }))
            void records.close()
          }
          return value
        }),
        commit()
      )
    )
  )
  .subscribe()

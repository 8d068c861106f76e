// A member of a group as a process of its own, to be killed: writes each record it has handled to a file, then commits.
import { openSync, writeSync } from 'node:fs'
import { commit, consumer, eachPartition, handle, subscribe } from 'ackstream'
import { kafka } from 'ackstream/kafka'

const [, , brokers, topic, group, log] = process.argv
const file = openSync(log, 'a')
const records = consumer(kafka({ 'bootstrap.servers': brokers }), {
  'group.id': group,
  'auto.offset.reset': 'earliest',
  'session.timeout.ms': 1_500,
  'heartbeat.interval.ms': 300,
  subscription: subscribe(topic)
})
records
  .pipe(
    eachPartition((partition) =>
      partition.pipe(
        handle(async (record) => {
          await new Promise((go) => setImmediate(go))
          writeSync(file, `${process.pid} ${record.partition} ${record.offset}\n`)
        }),
        commit({ every: 200, withinMs: 20 })
      )
    )
  )
  .subscribe()
process.on('SIGTERM', () => void records.drain())

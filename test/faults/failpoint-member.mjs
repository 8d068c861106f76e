// A member of a group that kills itself at a chosen point of the way of a record, the nth time it comes there: what it
// handled, and which life that was, is in a file by then. Every tenth record is poison.
import { openSync, writeSync } from 'node:fs'
import { tap } from 'rxjs'
import { commit, consumer, deadLetter, eachPartition, handle, subscribe } from 'ackstream'
import { kafka } from 'ackstream/kafka'
import { failpoints, withFailpoints } from './failpoints.mjs'

const [, , brokers, topic, letters, log, life, point, nth] = process.argv
const file = openSync(log, 'a')
const pass = failpoints(point, nth)

/** A point behind each write. */
const pointsOfLetters = (send) => (record, callbacks, index) => {
  const written = (...place) => {
    pass('dead letter written')
    callbacks.written(...place)
  }
  send(record, { written, failed: (...told) => callbacks.failed(...told) }, index)
}

const cluster = withFailpoints(kafka({ 'bootstrap.servers': brokers }), pass, pointsOfLetters)
const records = consumer(cluster, {
  'group.id': topic,
  'auto.offset.reset': 'earliest',
  'session.timeout.ms': 1_000,
  'heartbeat.interval.ms': 200,
  subscription: subscribe(topic)
})
const work = async (record) => {
  await new Promise((go) => setImmediate(go))
  if (record.offset % 10n === 0n) throw new Error('poison')
  writeSync(file, `${life} ${record.partition} ${record.offset}\n`)
  pass('handler done')
}
records
  .pipe(
    eachPartition((partition) =>
      partition.pipe(
        handle(work, { order: 'key', concurrency: 16, onFailure: deadLetter(cluster, { topic: letters }) }),
        tap(() => pass('ack')),
        commit({ every: 20, withinMs: 20 })
      )
    )
  )
  .subscribe()
process.on('SIGTERM', () => void records.drain())

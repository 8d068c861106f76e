// A member that moves failed records to retry topics, and kills itself at a chosen point of a group of copies, the nth time it
// comes there. Every fifth record fails until it is in the last tier. What was handled, and in which life, is in a file by
// then: origin, whether it succeeded.
import { openSync, writeSync } from 'node:fs'
import { commit, consumer, eachPartition, handle, retryLater, retryOf, subscribe } from 'ackstream'
import { kafka } from 'ackstream/kafka'
import { failpoints, withFailpoints } from './failpoints.mjs'

const [, , brokers, topic, log, life, point, nth] = process.argv
const file = openSync(log, 'a')
const pass = failpoints(point, nth)

/** Of the copies, those before the nth and itself are sent, and the others are not; it dies when all of those are written. */
const inTheMiddle = point === 'some copies written' ? Number(nth) : Infinity
let sent = 0
let left = 0

/** A point before and behind each write. */
const pointsOfCopies = (send) => (record, callbacks, index) => {
  pass('copy to be sent')
  if (++sent > inTheMiddle) return
  left++
  const written = (...place) => {
    if (--left === 0 && sent >= inTheMiddle) process.kill(process.pid, 'SIGKILL')
    pass('copy written')
    callbacks.written(...place)
    pass('copy settled')
  }
  send(record, { ...callbacks, written, failed: (...given) => callbacks.failed(...given) }, index)
}

const cluster = withFailpoints(kafka({ 'bootstrap.servers': brokers }), pass, pointsOfCopies)
const retries = retryLater(cluster, { topic: `${topic}.retry`, tiers: ['1s', '2s'], then: 'fail' })
const records = consumer(cluster, {
  'group.id': topic,
  'auto.offset.reset': 'earliest',
  'session.timeout.ms': 1_000,
  'heartbeat.interval.ms': 200,
  subscription: subscribe(topic, ...retries.topics)
})
const work = async (record) => {
  await new Promise((go) => setImmediate(go))
  const origin = retryOf(record) ?? record
  // One that followed others is tried in the last tier only, so what counts is where it is.
  const fails = origin.offset % 5n === 0n && record.topic !== retries.topics.at(-1)
  writeSync(
    file,
    `${life} ${origin.partition} ${origin.offset} ${Buffer.from(record.key)} ${fails ? 'failed' : 'done'}\n`
  )
  if (fails) throw new Error('not yet')
}
records
  .pipe(
    eachPartition((partition) =>
      partition.pipe(
        handle(work, { order: 'key', concurrency: 16, onFailure: retries }),
        commit({ every: 20, withinMs: 20 })
      )
    )
  )
  .subscribe()
process.on('SIGTERM', () => void records.drain())

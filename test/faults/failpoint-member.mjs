// A member of a group that kills itself at a chosen point of the way of a record, the nth time it comes there: what it
// handled, and which life that was, is in a file by then. Every tenth record is poison.
import { openSync, writeSync } from 'node:fs'
import { tap } from 'rxjs'
import { commit, consumer, deadLetter, eachPartition, handle, subscribe } from 'ackstream'
import { kafka } from 'ackstream/kafka'

const [, , brokers, topic, letters, log, life, point, nth] = process.argv
const file = openSync(log, 'a')
const passed = new Map()
const pass = (name) => {
  passed.set(name, (passed.get(name) ?? 0) + 1)
  if (name === point && passed.get(name) === Number(nth)) process.kill(process.pid, 'SIGKILL')
}

/** The cluster, with a point before and behind each write. */
const instrumented = (cluster) => ({
  ...cluster,
  openConsumer: (settings, handlers) => {
    const session = cluster.openConsumer(settings, handlers)
    const { commit } = session
    session.commit = (offsets) => {
      const stored = commit.call(session, offsets)
      pass('commit sent')
      return stored.pipe(tap(() => pass('commit stored')))
    }
    return session
  },
  openProducer: (settings) => {
    const session = cluster.openProducer(settings)
    const { send } = session
    session.send = (record, callbacks, index) => {
      const written = (...place) => {
        pass('dead letter written')
        callbacks.written(...place)
      }
      send.call(session, record, { written, failed: (...told) => callbacks.failed(...told) }, index)
    }
    return session
  }
})

const cluster = instrumented(kafka({ 'bootstrap.servers': brokers }))
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

// A member of a share group as a process of its own, to be killed: says each record that it takes and each that it has handled.
import { openSync, writeSync } from 'node:fs'
import { ack, deadLetter, deserialize, exponential, handle, shareConsumer, subscribe, utf8 } from 'ackstream'
import { kafka } from 'ackstream/kafka'

const [, , brokers, topic, log, letters, longMs] = process.argv
const file = openSync(log, 'a')
const say = (what, { partition, offset, deliveryCount }) =>
  writeSync(file, `${process.pid} ${what} ${partition} ${offset} ${deliveryCount}\n`)
const cluster = kafka({ 'bootstrap.servers': brokers })
const jobs = shareConsumer(cluster, {
  'group.id': topic,
  subscription: subscribe(topic),
  'share.acquire.mode': 'record_limit',
  'max.poll.records': 100,
  'fetch.max.wait.ms': 100,
  maxInFlight: 200
})
jobs.events.subscribe((event) => {
  if (event._tag === 'locks lost')
    writeSync(file, `${process.pid} lost ${event.partition} ${event.offset} ${event.records} ${event.reason}\n`)
})
jobs
  .pipe(
    deserialize({ value: utf8 }),
    handle(
      async (record) => {
        const { value } = record
        say(value.startsWith('poison') ? 'attempted' : 'took', record)
        if (value.startsWith('poison')) throw new Error('poison')
        // Longer than the lock, which is renewed meanwhile.
        await new Promise((go) => (value.startsWith('long') ? setTimeout(go, Number(longMs)) : setImmediate(go)))
        say('handled', record)
      },
      {
        concurrency: 16,
        order: 'none',
        retry: { attempts: 3, backoff: exponential({ initialMs: 1, maxMs: 5 }) },
        onFailure: deadLetter(cluster, { topic: letters })
      }
    ),
    ack()
  )
  .subscribe()
process.on('SIGTERM', () => void jobs.drain())

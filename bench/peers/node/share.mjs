// node share.mjs WORKLOAD BROKERS TOPICS RECORDS: our share consumer with ack() behind it. Timed from the first record on.
import { ack, mapValue, shareConsumer, subscribe } from 'ackstream'
import { kafka } from 'ackstream/kafka'
import { ackstreamProperties } from './connection.mjs'
import { drained, numberOf } from './measure.mjs'

const [, , , brokers, topics, total] = process.argv
const group = `bench-${process.pid}-${Date.now()}`
const cluster = kafka(ackstreamProperties(brokers))
const { begin, take } = drained(Number(total), { done: () => setImmediate(() => process.exit(0)) })
const seen = new Uint8Array(Number(total))
const set = { 'share.auto.offset.reset': 'earliest' }
const admin = cluster.admin()
await admin.alterConfigs([{ type: 'group', name: group, set }])
admin.close()
shareConsumer(cluster, { 'group.id': group, subscription: subscribe(...topics.split(',')) })
  .pipe(
    mapValue((value) => {
      begin()
      // A record that is delivered again counts once.
      const number = numberOf(value)
      if (seen[number] === 0) take(value)
      seen[number] = 1
      return value
    }),
    ack()
  )
  .subscribe()

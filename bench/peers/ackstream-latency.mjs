// How long records take from being written to the handler: their values are the time at which they were.
import { commit, consumer, eachPartition, handle, subscribe } from 'ackstream'
import { kafka } from 'ackstream/kafka'
import { latencies } from './measure.mjs'

const [, , brokers, topic, total, warmUp] = process.argv
const records = consumer(kafka({ 'bootstrap.servers': brokers }), {
  'group.id': `bench-${process.pid}-${Date.now()}`,
  'auto.offset.reset': 'earliest',
  subscription: subscribe(topic)
})
const took = latencies(Number(total), Number(warmUp), () => void records.close())
records.rebalances.subscribe(({ _tag }) => {
  if (_tag === 'assigned') console.log('ready')
})
records
  .pipe(
    eachPartition((partition) =>
      partition.pipe(
        handle(({ value }) => took(Number(Buffer.from(value).toString()))),
        commit()
      )
    )
  )
  .subscribe()

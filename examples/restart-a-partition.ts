// How does a pipeline that fails leave the other partitions alone?
//
// With `onError: 'stop'`, the default, the consumer drains and errors. Here the failed partition is read again from its
// first unsettled record, after a wait; the others go on.
//
// prints:
//   lights/0: a
//   lights/0 restarts: handle failed at lights/0 offset 1 in attempt 1: fuse blown
//   lights/1: x
//   lights/1: y
//   lights/0: b
//   lights/0: c
import { commit, consumer, deserialize, eachPartition, exponential, handle, logTo, subscribe, utf8 } from 'ackstream'
import { memoryCluster } from 'ackstream/testing'

const cluster = memoryCluster({ topics: { lights: 2 } })
for (const value of ['a', 'b', 'c']) cluster.produce('lights', { partition: 0, value })

const lights = consumer(cluster, {
  'group.id': 'house',
  'auto.offset.reset': 'earliest',
  subscription: subscribe('lights')
})
logTo(lights, console, { level: 'warn' })

lights.events.subscribe((event) => {
  if (event._tag !== 'pipeline restarting') return
  const why = event.cause instanceof Error ? event.cause.message : 'for no reason'
  console.log(`${event.topic}/${event.partition} restarts: ${why}`)
  // Meanwhile the other partition goes on.
  for (const value of ['x', 'y']) cluster.produce('lights', { partition: 1, value })
})

let blown = false
let switched = 0
const switchOn = (partition: number, light: string): void => {
  if (light === 'b' && !blown) {
    blown = true
    throw new Error('fuse blown')
  }
  console.log(`lights/${partition}: ${light}`)
  if (++switched === 5) void lights.drain()
}

lights
  .pipe(
    eachPartition(
      (partition) =>
        partition.pipe(
          deserialize({ value: utf8 }),
          handle((record) => switchOn(record.partition, record.value)),
          commit()
        ),
      { onError: { restart: exponential({ initialMs: 500, maxMs: 1000 }) } }
    )
  )
  .subscribe()

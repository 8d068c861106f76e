// How do I read with a plain loop, and stop in the middle of it?
//
// prints:
//   parcel 0
//   parcel 1
//   parcel 2, and that is enough
//   committed: 2
//   parcel 2
//   parcel 3
import { consumer, deserialize, type PartitionStream, records, subscribe, utf8 } from 'ackstream'
import { memoryCluster } from 'ackstream/testing'

const cluster = memoryCluster({ topics: { parcels: 1 } })
cluster.produce('parcels', ...['0', '1', '2', '3'].map((value) => ({ value })))

const parcels = consumer(cluster, {
  'group.id': 'depot',
  'auto.offset.reset': 'earliest',
  subscription: subscribe('parcels')
})
const pipeline = (partition: PartitionStream) => partition.pipe(deserialize({ value: utf8 }))

// A record is acknowledged when the loop asks for the next one. The one that it is left with is not.
for await (const { value } of records(parcels, { pipeline })) {
  if (value === '2') {
    console.log('parcel 2, and that is enough')
    break
  }
  console.log(`parcel ${value}`)
}
// The loop is over when the group has been left.
console.log(`committed: ${cluster.committed('depot', { topic: 'parcels', partition: 0 })}`)

for await (const { value } of records(parcels, { pipeline })) {
  console.log(`parcel ${value}`)
  // What comes last is finished: the loop asks for more, and is told that there is none.
  if (value === '3') void parcels.drain()
}

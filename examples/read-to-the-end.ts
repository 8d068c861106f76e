// How do I read all that a topic holds now, without a group, and stop?
//
// prints:
//   stock/0: apples 3
//   stock/0: apples 2
//   stock/1: pears 8
import { first, interval, lastValueFrom, map, toArray } from 'rxjs'
import { ack, assign, consumer, deserialize, eachPartition, logTo, utf8 } from 'ackstream'
import { memoryCluster } from 'ackstream/testing'

const cluster = memoryCluster({ topics: { stock: 2 } })
cluster.produce('stock', { partition: 0, value: 'apples 3' }, { partition: 1, value: 'pears 8' })
cluster.produce('stock', { partition: 0, value: 'apples 2' })

const stock = consumer(cluster, {
  subscription: assign([0, 1].map((partition) => ({ topic: 'stock', partition, from: 'beginning' })))
})
logTo(stock, console, { level: 'warn' })

// At the end is who has no lag in any partition.
interval(10)
  .pipe(
    map(() => stock.positions()),
    first((positions) => positions.length === 2 && positions.every(({ lag }) => lag === 0n))
  )
  .subscribe(() => void stock.drain())

const records = await lastValueFrom(
  stock.pipe(
    eachPartition((partition) => partition.pipe(deserialize({ value: utf8 }), ack())),
    toArray()
  )
)
// Within a partition as in the log; between partitions there is no order.
for (const partition of [0, 1])
  for (const { value } of records.filter((record) => record.partition === partition))
    console.log(`stock/${partition}: ${value}`)

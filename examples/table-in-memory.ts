// How do I keep a topic as a table in memory, in each process, and serve only once it is complete?
//
// prints:
//   complete: anna 70, carl 5
//   anna's limit is now 80
import * as t from 'io-ts'
import { filter, firstValueFrom, lastValueFrom, Subject, take } from 'rxjs'
import { ack, assign, consumer, deserialize, eachPartition, handle, json, logTo, nullable, utf8 } from 'ackstream'
import { memoryCluster } from 'ackstream/testing'

const Limit = t.type({ limit: t.number })
const cluster = memoryCluster({ topics: { limits: 3 } })
const setLimit = (key: string, limit: number) => cluster.produce('limits', { key, value: JSON.stringify({ limit }) })
setLimit('anna', 40)
setLimit('bert', 20)
setLimit('carl', 5)
setLimit('anna', 70)
cluster.produce('limits', { key: 'bert', value: null }) // a tombstone: bert is gone

// Each process reads all partitions. `assign` needs no group, and nothing is committed.
const admin = cluster.admin()
const [topic] = await admin.describeTopics(['limits'])
admin.close()
const partitions = topic?.partitions ?? []
const limits = consumer(cluster, {
  'enable.partition.eof': true,
  subscription: assign(partitions.map(({ partition }) => ({ topic: 'limits', partition, from: 'beginning' })))
})
logTo(limits, console, { level: 'warn' })

// Each partition reports its end once; everything before it has been handled by then, since the handler waits for nothing.
const complete = lastValueFrom(
  limits.events.pipe(
    filter(({ _tag }) => _tag === 'end reached'),
    take(partitions.length)
  )
)
const table = new Map<string, number>()
const changes = new Subject<string>()
limits
  .pipe(
    eachPartition((partition) =>
      partition.pipe(
        deserialize({ key: utf8, value: nullable(json(Limit)) }),
        handle(({ key, value }) => {
          if (value === null) table.delete(key)
          else table.set(key, value.limit)
          changes.next(key)
        }),
        ack()
      )
    )
  )
  .subscribe()
await complete
const shown = [...table].sort().map(([who, limit]) => `${who} ${String(limit)}`)
console.log(`complete: ${shown.join(', ')}`)

// The table follows the topic for as long as the process lives.
const change = firstValueFrom(changes)
setLimit('anna', 80)
console.log(`${await change}'s limit is now ${String(table.get(await change))}`)
await limits.drain()

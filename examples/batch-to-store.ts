// How do I write many records with one call to a store?
//
// A batch is acknowledged as a whole, once it is written. What is collected when the partition is given back is not lost:
// its stream completes, and the batch goes out as it is.
//
// prints:
//   insert 20.5, 20.7, 20.9
//   insert 21.1, 21.4, 21.2
//   all is read: drain
//   insert 21
//   committed up to 7
import { filter, firstValueFrom, interval } from 'rxjs'
import { batch, commit, consumer, deserialize, eachPartition, finite, json, logTo, subscribe, writeTo } from 'ackstream'
import { memoryCluster } from 'ackstream/testing'

const cluster = memoryCluster({ topics: { temperatures: 1 } })
for (const value of [20.5, 20.7, 20.9, 21.1, 21.4, 21.2, 21]) cluster.produce('temperatures', { value: String(value) })

const insert = async (rows: readonly number[]): Promise<void> => {
  await Promise.resolve() // INSERT … VALUES …
  console.log(`insert ${rows.join(', ')}`)
}

const temperatures = consumer(cluster, {
  'group.id': 'weather',
  'auto.offset.reset': 'earliest',
  subscription: subscribe('temperatures')
})
logTo(temperatures, console, { level: 'warn' })

temperatures
  .pipe(
    eachPartition((partition) =>
      partition.pipe(
        deserialize({ value: json(finite) }),
        batch({ records: 3, withinMs: 10_000 }),
        writeTo(({ value: records }) => insert(records.map(({ value }) => value))),
        commit()
      )
    )
  )
  .subscribe(({ offset }) => {
    console.log(`committed up to ${offset}`)
  })

const allIsRead = (): boolean => temperatures.positions().some(({ position }) => position === 7n)
await firstValueFrom(interval(10).pipe(filter(allIsRead)))
console.log('all is read: drain')
await temperatures.drain()

// What becomes of a record that cannot be handled, however often it is tried?
//
// prints:
//   parcel 1, attempt 1
//   parcel 2, attempt 1
//   parcel 2, attempt 2
//   parcel 2, attempt 3
//   parcel 3, attempt 1
//   committed up to 3
//   parcels.dlq holds parcel 2, and where from and why in its headers:
//     dlq.topic: parcels
//     dlq.offset: 1
//     dlq.reason: handle failed at parcels/0 offset 1 in attempt 3: no such street
import {
  commit,
  consumer,
  deadLetter,
  deserialize,
  eachPartition,
  exponential,
  handle,
  logTo,
  subscribe,
  utf8
} from 'ackstream'
import { memoryCluster } from 'ackstream/testing'

const cluster = memoryCluster({ topics: { parcels: 1, 'parcels.dlq': 1 } })
cluster.produce('parcels', { value: '1' }, { value: '2' }, { value: '3' })

const send = (parcel: string, attempt: number): void => {
  console.log(`parcel ${parcel}, attempt ${attempt}`)
  if (parcel === '2') throw new Error('no such street')
}

const parcels = consumer(cluster, {
  'group.id': 'post',
  'auto.offset.reset': 'earliest',
  subscription: subscribe('parcels')
})
logTo(parcels, console, { level: 'warn' })

parcels
  .pipe(
    eachPartition((partition) =>
      partition.pipe(
        deserialize({ value: utf8 }),
        handle(({ value }, { attempt }) => send(value, attempt), {
          retry: { attempts: 3, backoff: exponential({ initialMs: 5, maxMs: 100 }) },
          onFailure: deadLetter(cluster, { topic: 'parcels.dlq' }) // settled once it is confirmed there
        }),
        commit({ every: 3 })
      )
    )
  )
  .subscribe(({ offset }) => {
    console.log(`committed up to ${offset}`)
    void parcels.drain()
  })
  .add(() => {
    const text = (bytes: Uint8Array | null): string => Buffer.from(bytes ?? []).toString()
    for (const { value, headers } of cluster.records({ topic: 'parcels.dlq', partition: 0 })) {
      console.log(`parcels.dlq holds parcel ${text(value)}, and where from and why in its headers:`)
      for (const { name, value: why } of headers.filter(({ name }) => /topic|offset|reason/.test(name)))
        console.log(`  ${name}: ${text(why)}`)
    }
  })

// How do I sum up what comes for each key within a while, with rxjs's operators?
//
// `groupBy` passes every record on, and `batch` keeps their acknowledgements together: a sum is committed once it is written.
// rxjs's bufferTime would lose them, and `throttle`, `debounce` and `switchMap` swallow records. A window ends by this machine's
// clock, with a drain, and when the partition is out of credit (maxInFlight), so that a key can have several sums of one window:
// the store adds them. `groupBy` keeps each key for as long as the partition is assigned; give it a `duration` if there are many.
//
// prints:
//   anna: 2 payments, 30 in all
//   bert: 1 payments, 7 in all
//   committed up to 3
import * as t from 'io-ts'
import { groupBy, lastValueFrom, mergeMap, tap } from 'rxjs'
import { batch, commit, consumer, deserialize, eachPartition, json, logTo, mapValue, subscribe, utf8, writeTo } from 'ackstream' // prettier-ignore
import { memoryCluster } from 'ackstream/testing'

const Payment = t.type({ amount: t.number })
const cluster = memoryCluster({ topics: { payments: 1 } })
const paid = (key: string, amount: number) => cluster.produce('payments', { key, value: JSON.stringify({ amount }) })
paid('anna', 10)
paid('bert', 7)
paid('anna', 20)

const payments = consumer(cluster, { 'group.id': 'sums', 'auto.offset.reset': 'earliest', subscription: subscribe('payments') }) // prettier-ignore
logTo(payments, console, { level: 'warn' })

await lastValueFrom(
  payments.pipe(
    eachPartition((partition) =>
      partition.pipe(
        deserialize({ key: utf8, value: json(Payment) }),
        groupBy(({ key }) => key),
        mergeMap((ofKey) =>
          ofKey.pipe(
            batch({ withinMs: 200 }),
            mapValue((rows) => ({ key: ofKey.key, count: rows.length, sum: rows.reduce((sum, { value }) => sum + value.amount, 0) })) // prettier-ignore
          )
        ),
        writeTo(({ value: { key, count, sum } }) => console.log(`${key}: ${count} payments, ${sum} in all`)),
        commit()
      )
    ),
    tap(({ offset }) => {
      console.log(`committed up to ${offset}`)
      void payments.drain()
    })
  )
)

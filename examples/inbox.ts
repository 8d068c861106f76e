// How do I handle a record once that was written to the topic twice, or that comes again after a crash?
//
// prints:
//   run 1: the answer to the commit is lost
//   run 2: all records are known
//   booked: p1 10, p2 20, p3 30
import { lastValueFrom, tap } from 'rxjs'
import * as t from 'io-ts'
import { commit, consumer, deserialize, eachPartition, exponential, json, subscribe, writeOnce } from 'ackstream'
import { memoryCluster, memoryStore } from 'ackstream/testing'

const Payment = t.type({ id: t.string, amount: t.number })

const cluster = memoryCluster({ topics: { payments: 1 } })
const payments = [
  { id: 'p1', amount: 10 },
  { id: 'p2', amount: 20 },
  { id: 'p1', amount: 10 }, // its producer sent it twice
  { id: 'p3', amount: 30 }
]
cluster.produce('payments', ...payments.map((payment) => ({ value: JSON.stringify(payment) })))

// In its place: postgresStore(pool) and postgresInbox(pool, { id }), or those of ackstream/sqlite.
const store = memoryStore<string>()

for (const run of [1, 2]) {
  if (run === 1) {
    // The transaction takes place, but nobody knows: it is done again, and finds all ids.
    store.failNext(1, 'answer lost')
    console.log('run 1: the answer to the commit is lost')
  }
  const reader = consumer(cluster, {
    'group.id': `booking-${run}`, // the second begins at the first record again
    'auto.offset.reset': 'earliest',
    subscription: subscribe('payments')
  })
  const before = store.rows.length
  await lastValueFrom(
    reader.pipe(
      eachPartition((partition) =>
        partition.pipe(
          deserialize({ value: json(Payment) }),
          writeOnce({
            store,
            inbox: store.inbox(({ value }) => value.id),
            retry: { attempts: 3, backoff: exponential({ initialMs: 10, maxMs: 100 }) },
            write: (tx, records) => {
              tx.insert(...records.map(({ value }) => `${value.id} ${value.amount}`))
            }
          }),
          commit({ every: 4 })
        )
      ),
      tap(({ offset }) => {
        if (offset === 4n) void reader.drain()
      })
    )
  )
  if (run === 2 && store.rows.length === before) console.log('run 2: all records are known')
}
console.log(`booked: ${store.rows.join(', ')}`)

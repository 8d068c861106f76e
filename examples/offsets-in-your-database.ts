// How do I keep the offsets in my own database, in one transaction with the rows, so that each record counts once?
//
// prints:
//   run 1 begins at 0
//   row 0: deposit 10
//   row 1: deposit 20
//   the database is gone: writeTo failed at payments/0 offset 2 in attempt 1: connection lost
//   run 2 begins at 2
//   row 2: deposit 30
//   row 3: deposit 40
//   rows 4, sum 100, stored by the group: null
import { lastValueFrom, of, tap } from 'rxjs'
import { ack, ConsumerError, consumer, deserialize, eachPartition, logTo, subscribe, utf8, writeTo } from 'ackstream'
import { memoryCluster } from 'ackstream/testing'

const cluster = memoryCluster({ topics: { payments: 1 } })
cluster.produce('payments', ...['10', '20', '30', '40'].map((value) => ({ value })))

// A table and, for each partition, where to go on. What `insert` does is one transaction.
const rows: number[] = []
const next = new Map<number, bigint>()
let failing = true
const insert = async (partition: number, offset: bigint, amount: number): Promise<void> => {
  await Promise.resolve()
  if (offset === 2n && failing) throw new Error('connection lost')
  console.log(`row ${rows.length}: deposit ${amount}`)
  rows.push(amount)
  next.set(partition, offset + 1n)
}

for (const run of [1, 2]) {
  const payments = consumer(cluster, {
    'group.id': 'ledger',
    'enable.auto.commit': false, // nothing is ever stored by the group
    subscription: subscribe('payments'),
    startFrom: (gained) =>
      of(gained.map(({ topic, partition }) => ({ topic, partition, from: { offset: next.get(partition) ?? 0n } })))
  })
  logTo(payments, console, { level: 'warn' })
  const pipeline = eachPartition((partition) => {
    console.log(`run ${run} begins at ${next.get(partition.partition) ?? 0n}`)
    return partition.pipe(
      deserialize({ value: utf8 }),
      writeTo(({ partition: number, offset, value }) => insert(number, offset, Number(value))),
      ack(), // gives the credit back; the offset is in the database already
      tap(({ offset }) => {
        if (offset === 3n) void payments.drain()
      })
    )
  })
  await lastValueFrom(payments.pipe(pipeline)).catch((error: unknown) => {
    if (error instanceof ConsumerError) console.log(`the database is gone: ${error.message}`)
    failing = false
  })
}

const stored = cluster.committed('ledger', { topic: 'payments', partition: 0 })
console.log(`rows ${rows.length}, sum ${String(rows.reduce((a, b) => a + b))}, stored by the group: ${stored}`)

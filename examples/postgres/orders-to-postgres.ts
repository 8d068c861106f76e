// How do I write orders into PostgreSQL so that each has its row exactly once?
//
// PG_URL=postgres://… npm run example postgres/run; `npm test` runs it on a server of its own.
//
// prints:
//   run 1 begins at 0
//   run 1 is killed: the group knows of no offset
//   run 2 begins at 3
//   o-4 is no order that PostgreSQL takes
//   5 rows, 17 in all
import { lastValueFrom, tap } from 'rxjs'
import * as t from 'io-ts'
import { ack, consumer, deadLetter, deserialize, eachPartition, json, subscribe } from 'ackstream'
import { type Postgres, postgresOffsets, toPostgres } from 'ackstream/postgres'
import { memoryCluster } from 'ackstream/testing'

const Order = t.type({ id: t.string, amount: t.union([t.number, t.string]) })

/** A pool of pg 8, for example. */
export type Database = Postgres & {
  query(text: string): PromiseLike<{ readonly rows: readonly unknown[] }>
}

export const ordersToPostgres = async (db: Database, say: (line: string) => void): Promise<void> => {
  await db.query('create table example_orders (id text primary key, amount int8)')
  const cluster = memoryCluster({ topics: { orders: 1, 'orders.dlq': 1 } })
  const orders = (from: number, to: number): void => {
    for (let at = from; at <= to; at++) {
      const amount = at === 4 ? 'much' : at
      cluster.produce('orders', { key: `o-${at}`, value: JSON.stringify({ id: `o-${at}`, amount }) })
    }
  }

  for (const run of [1, 2]) {
    orders(run === 1 ? 1 : 4, run === 1 ? 3 : 6)
    // Each partition's next offset is in the transaction of its rows, and is where reading begins.
    const offsets = postgresOffsets(db, { group: 'billing', table: 'example_offsets' })
    const source = consumer(cluster, {
      'group.id': 'billing',
      'auto.offset.reset': 'earliest',
      'enable.auto.commit': false, // the group stores nothing: whatever is killed, the table says what is done
      subscription: subscribe('orders'),
      startFrom: offsets.startFrom
    })
    const last = run === 1 ? 2n : 5n
    await lastValueFrom(
      source.pipe(
        eachPartition((partition) => {
          let isFirst = true
          return partition.pipe(
            tap(({ offset }) => {
              if (isFirst) say(`run ${run} begins at ${offset}`)
              isFirst = false
            }),
            deserialize({ value: json(Order) }),
            toPostgres(db, {
              table: 'example_orders',
              columns: { id: 'text', amount: 'int8' },
              row: ({ value }) => value,
              offsets,
              onFailure: deadLetter(cluster, { topic: 'orders.dlq' })
            }),
            ack(),
            tap(({ offset }) => {
              if (offset === last) void source.close() // as a kill: nothing is committed
            })
          )
        })
      )
    )
    const stored = cluster.committed('billing', { topic: 'orders', partition: 0 })
    if (run === 1 && stored === null) say('run 1 is killed: the group knows of no offset')
  }

  for (const { key } of cluster.records({ topic: 'orders.dlq', partition: 0 }))
    say(`${new TextDecoder().decode(key ?? undefined)} is no order that PostgreSQL takes`)
  const { rows } = await db.query('select count(*)::int as rows, sum(amount)::int as sum from example_orders')
  const [found] = rows as readonly { readonly rows: number; readonly sum: number }[]
  say(`${found?.rows} rows, ${found?.sum} in all`)
  await db.query('drop table example_orders, example_offsets')
}

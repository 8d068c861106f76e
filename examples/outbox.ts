// How does a change in my database reach Kafka if, and only if, it is committed?
//
// prints:
//   o-2: no stock, rolled back
//   o-1: {"total":12}
//   o-3: {"total":7}
//   0 rows wait
import { firstValueFrom } from 'rxjs'
import { type Sqlite, sqliteOutbox } from 'ackstream/sqlite'
import { memoryCluster } from 'ackstream/testing'
import sqlite from 'node-sqlite3-wasm'

// SQLite as WebAssembly, in the shape of node:sqlite. In yours: new DatabaseSync('shop.db'), as it is.
const file = new sqlite.Database(':memory:')
const db: Sqlite = {
  exec: (statement) => {
    file.exec(statement)
  },
  prepare: (statement) => ({
    run: (...values) => file.run(statement, values),
    get: (...values) => file.get(statement, values) ?? undefined
  })
}

db.exec('create table orders (id text primary key, total integer)')
db.exec(`create table outbox (
  id integer primary key autoincrement,
  message_id text not null default (lower(hex(randomblob(16)))),
  topic text not null,
  key text,
  value text,
  headers text,
  published_at integer,
  fault text
)`)

/** The order and its message, both or neither. */
const place = (id: string, total: number, inStock: boolean): void => {
  db.exec('begin immediate')
  try {
    db.prepare('insert into orders (id, total) values (?, ?)').run(id, total)
    const message = db.prepare("insert into outbox (topic, key, value) values ('orders', ?, ?)")
    message.run(id, JSON.stringify({ total }))
    if (!inStock) throw new Error('no stock')
    db.exec('commit')
  } catch (error) {
    db.exec('rollback')
    console.log(`${id}: ${(error as Error).message}, rolled back`)
  }
}

place('o-1', 12, true)
place('o-2', 5, false)
place('o-3', 7, true)

const cluster = memoryCluster({ topics: { orders: 1 } })
// Runs for as long as it is subscribed to; here one batch is enough.
await firstValueFrom(sqliteOutbox(db, cluster, { table: 'outbox' }))

const text = (bytes: Uint8Array | null): string => new TextDecoder().decode(bytes ?? undefined)
for (const { key, value } of cluster.records({ topic: 'orders', partition: 0 }))
  console.log(`${text(key)}: ${text(value)}`)
const { due } = db.prepare('select count(*) as due from outbox where published_at is null').get() as { due: number }
console.log(`${due} rows wait`)

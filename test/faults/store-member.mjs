// A member that writes what it reads to a store, to be killed or suspended: node store-member.mjs '{ "kind": "postgres", … }'
import { appendFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { ack, commit, consumer, deserialize, eachPartition, subscribe, transactional, utf8, writeOnce } from 'ackstream'
import { kafka } from 'ackstream/kafka'
import { writeNdjsonFiles } from 'ackstream/ndjson'
import { postgresOffsets, toPostgres } from 'ackstream/postgres'
import { sqliteOffsets, sqliteStore } from 'ackstream/sqlite'

const { kind, brokers, topic, group, url, pg, table, output, id, folder, database, progress, suspendAt } = JSON.parse(
  process.argv[2]
)

/** Suspends this process in the middle of its work, the `suspendAt`th time. */
let times = 0
const suspendThen = () => {
  if (++times === suspendAt) process.kill(process.pid, 'SIGSTOP')
}

/** Within a transaction of PostgreSQL, when rows and offset are written. */
const suspending = (pool) => ({
  totalCount: 0,
  connect: async () => {
    const client = await pool.connect()
    return {
      query: async (text, values) => {
        const answer = await client.query(text, values)
        if (text.startsWith('update')) suspendThen()
        return answer
      },
      on: client.on.bind(client),
      off: client.off.bind(client),
      release: (destroy) => client.release(destroy)
    }
  }
})
const cluster = kafka({ 'bootstrap.servers': brokers })
const properties = {
  'group.id': group,
  'auto.offset.reset': 'earliest',
  'enable.auto.commit': false,
  'session.timeout.ms': 3_000,
  'heartbeat.interval.ms': 500,
  subscription: subscribe(topic)
}

/** By shape: Node 20 has no SQLite of its own. */
const openSqlite = async (path) => {
  const own = process.getBuiltinModule?.('node:sqlite')
  if (own !== undefined) return new own.DatabaseSync(path)
  const { Database } = createRequire(import.meta.url)('node-sqlite3-wasm')
  const db = new Database(path)
  return {
    exec: (text) => db.exec(text),
    prepare: (text) => ({
      run: (...values) => db.run(text, values),
      get: (...values) => db.get(text, values) ?? undefined
    })
  }
}

const kinds = {
  postgres: () => {
    const { Pool } = createRequire(pg)('pg')
    const pool = new Pool({ connectionString: url, max: 6 })
    // Connections that are ended while they are idle.
    pool.on('error', () => undefined)
    const db = suspending(pool)
    const offsets = postgresOffsets(db, { group })
    const records = consumer(cluster, { ...properties, startFrom: offsets.startFrom })
    const columns = { place: 'int', position: 'int8', v: 'text' }
    const row = ({ partition, offset, value }) => ({ place: partition, position: offset, v: value })
    return [
      records,
      (partition) =>
        partition.pipe(
          deserialize({ value: utf8 }),
          toPostgres(db, { table, columns, row, records: 100, offsets }),
          ack()
        )
    ]
  },
  sqlite: async () => {
    const db = await openSqlite(database)
    const offsets = sqliteOffsets(db, { group })
    const records = consumer(cluster, { ...properties, startFrom: offsets.startFrom })
    const write = (tx, all) => {
      const insert = tx.prepare('insert into copy (place, position, v) values (?, ?, ?)')
      for (const { partition, offset, value } of all) insert.run(partition, offset, value)
      const last = all.at(-1)
      appendFileSync(progress, `${last.partition} ${last.offset}\n`)
    }
    return [
      records,
      (partition) =>
        partition.pipe(
          deserialize({ value: utf8 }),
          writeOnce({ store: sqliteStore(db), offsets, write, records: 100 }),
          ack()
        )
    ]
  },
  ndjson: () => {
    const line = ({ partition, offset, value }) => [partition, String(offset), value]
    return [
      consumer(cluster, properties),
      (partition) =>
        partition.pipe(
          deserialize({ value: utf8 }),
          writeNdjsonFiles(folder, { line, records: 100, gzip: true, rotate: { bytes: 4_000 } }),
          commit({ every: 500 })
        )
    ]
  }
}

const start = async () => {
  if (kind !== 'transactions') {
    const [records, project] = await kinds[kind]()
    return [records, records.pipe(eachPartition(project))]
  }
  const records = consumer(cluster, { ...properties, 'isolation.level': 'read_committed' })
  const own = { 'transactional.id': id, 'transaction.timeout.ms': 10_000 }
  const record = ({ partition, value }) => {
    suspendThen()
    return { partition, value }
  }
  const project = (partition, tx) => partition.pipe(tx.produceTo({ topic: output, record }))
  return [records, records.pipe(transactional(cluster, own, project, { records: 200, withinMs: 50 }))]
}

const [records, pipeline] = await start()
pipeline.subscribe({
  error: (error) => {
    console.error(`member: ${error.message}`)
    process.exit(3)
  },
  complete: () => process.exit(0)
})
process.on('SIGTERM', () => void records.drain())

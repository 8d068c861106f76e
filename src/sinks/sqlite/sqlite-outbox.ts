import { inTurn } from '../../internal/in-turn.js'
import { problemsWith, refuseWrong } from '../../model/check-arguments.js'
import type { Clock } from '../../model/clock.js'
import { checkOptions, needed } from '../../operators/handling/operator-options.js'
import type { Cluster } from '../../ports/cluster.js'
import { checkCluster } from '../check-cluster.js'
import { quoted } from '../once/quoted.js'
import { openOutbox, type Outbox, type OutboxOptions, outboxRules } from '../outbox/outbox.js'
import type { OutboxRow, OutboxTable } from '../outbox/outbox-table.js'
import { rollBack } from './roll-back.js'
import { aSqlite, type Sqlite, tableName } from './sqlite-connection.js'

/** What `sqliteOutbox` reads. */
export interface SqliteOutboxOptions extends OutboxOptions {
  /** The table that your transactions insert rows into. */
  readonly table: string
  /** Where readers find out which of them publishes; created if it does not exist. @default 'ackstream_outbox_leases' */
  readonly leases?: string
}

/**
 * Publishes the rows of an outbox table in SQLite: your transaction inserts a row beside its own changes, so both are
 * committed or neither, and this reader writes it to Kafka. [The page](../../../docs/outbox.md) has the statement that creates
 * the table.
 *
 * Order, repetition, failures and several readers: as `postgresOutbox`. SQLite has one writer at a time, so the order of
 * `id` is that of the transactions.
 *
 * @throws ConsumerError with a `ConfigFault` that names every argument it cannot work with
 *
 * @example
 * const outbox = sqliteOutbox(db, cluster, { table: 'outbox' })
 * outbox.subscribe((rows) => console.log(rows.length))
 * await outbox.drain()
 */
export const sqliteOutbox = (db: Sqlite, cluster: Cluster, options: SqliteOutboxOptions): Outbox => {
  refuseWrong(problemsWith('sqliteOutbox: db', db, aSqlite))
  checkCluster('sqliteOutbox', cluster)
  checkOptions('sqliteOutbox', options, { ...outboxRules, table: needed(tableName), leases: tableName })
  return openOutbox(cluster, tableOf(db, cluster.clock, options), options)
}

const tableOf = (
  db: Sqlite,
  clock: Clock,
  { table: given, leases: givenLeases = 'ackstream_outbox_leases', published = 'mark' }: SqliteOutboxOptions
): OutboxTable => {
  const table = quoted(given)
  const leases = quoted(givenLeases)
  // Each call waits for its turn: the application may have an open transaction on the connection.
  return {
    name: `the outbox ${given}`,
    lease: (owner, forMs) =>
      inTurn(db, () => {
        db.exec(
          `create table if not exists ${leases} (outbox text primary key, owner text not null, until integer not null) without rowid`
        )
        const now = Math.floor(clock.wallTime())
        // The processes that share a file are on one machine, and so share its time.
        const { changes } = db
          .prepare(
            `insert into ${leases} (outbox, owner, until) values (?, ?, ?) on conflict do update set owner = excluded.owner, until = excluded.until where owner = excluded.owner or until < ?`
          )
          .run(given, owner, now + Math.floor(forMs), now)
        return Number(changes) > 0
      }),
    release: (owner) =>
      inTurn(db, () => db.prepare(`delete from ${leases} where outbox = ? and owner = ?`).run(given, owner)),
    read: (limit) => inTurn(db, () => readRows(db, table, limit)),
    mark: (ids) =>
      inTurn(db, () => {
        const one = db.prepare(
          `${published === 'mark' ? `update ${table} set published_at = unixepoch()` : `delete from ${table}`} where id = cast(? as integer)`
        )
        db.exec('begin immediate')
        try {
          for (const id of ids) one.run(id)
          db.exec('commit')
        } catch (error) {
          rollBack(db)
          throw error
        }
      }),
    setAside: (id, reason) =>
      inTurn(db, () => db.prepare(`update ${table} set fault = ? where id = cast(? as integer)`).run(reason, id))
  }
}

const readRows = (db: Sqlite, table: string, limit: number): readonly OutboxRow[] => {
  const next = db.prepare(
    `select cast(id as text) as id, cast(message_id as text) as message_id, topic, ${['key', 'value'].map((column) => `case typeof(${column}) when 'integer' then cast(${column} as text) when 'real' then cast(${column} as text) else ${column} end as ${column}`).join(', ')}, headers from ${table} as o where o.published_at is null and o.fault is null and o.id > cast(? as integer) order by o.id limit 1`
  )
  const rows: OutboxRow[] = []
  for (let after = '-9223372036854775808'; rows.length < limit;) {
    const row = next.get(after) as StoredRow | null | undefined
    if (row === undefined || row === null) break
    after = row.id
    rows.push({
      id: row.id,
      messageId: row.message_id,
      topic: row.topic,
      key: row.key,
      value: row.value,
      headers: row.headers
    })
  }
  return rows
}

interface StoredRow {
  readonly id: string
  readonly message_id: string
  readonly topic: string
  readonly key: Uint8Array | string | null
  readonly value: Uint8Array | string | null
  readonly headers: string | null
}

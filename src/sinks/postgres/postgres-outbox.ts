import { problemsWith, refuseWrong } from '../../model/check-arguments.js'
import { checkOptions, needed } from '../../operators/handling/operator-options.js'
import type { Cluster } from '../../ports/cluster.js'
import { checkCluster } from '../check-cluster.js'
import { openOutbox, type Outbox, type OutboxOptions, outboxRules } from '../outbox/outbox.js'
import type { OutboxRow, OutboxTable } from '../outbox/outbox-table.js'
import { arrayLiteral } from './array-literal.js'
import { createOnce } from './create-once.js'
import { aTable, quotedTable } from './identifier.js'
import { ask, isPostgres, type Postgres } from './postgres-client.js'

/** What `postgresOutbox` reads. */
export interface PostgresOutboxOptions extends OutboxOptions {
  /** The table that your transactions insert rows into: `outbox`, or with its schema `shop.outbox` */
  readonly table: string
  /** Where readers find out which of them publishes; created if it does not exist. @default 'ackstream_outbox_leases' */
  readonly leases?: string
}

/**
 * Publishes the rows of an outbox table: your transaction inserts a row beside its own changes, so both are committed or
 * neither, and this reader writes it to Kafka. [The page](../../../docs/outbox.md) has the statement that creates the table.
 *
 * - Order: rows are published in the order of their `id`. For one key that is the order of the transactions, if they
 *   wait for each other (each updates the same row before it inserts).
 * - At least once: a row is marked after Kafka has confirmed its record. After a crash in between it is published
 *   again, with the same header `message-id`, by which an inbox recognises it (`id: messageId`).
 * - Several readers may run: one publishes, the others stand by.
 * - A database or cluster that fails is tried again, with the event `waiting`; later rows wait.
 * - Errors with a `ConsumerError`: for a refused row under `onFailure: 'fail'`, and for what no attempt can mend.
 *
 * @throws ConsumerError with a `ConfigFault` that names every argument it cannot work with
 *
 * @example
 * const outbox = postgresOutbox(pool, cluster, { table: 'outbox' })
 * outbox.subscribe((rows) => console.log(rows.length))
 * await outbox.drain()
 */
export const postgresOutbox = (db: Postgres, cluster: Cluster, options: PostgresOutboxOptions): Outbox => {
  refuseWrong(
    problemsWith('postgresOutbox: db', db, { allowed: 'a pool or a client of PostgreSQL', holds: isPostgres })
  )
  checkCluster('postgresOutbox', cluster)
  checkOptions('postgresOutbox', options, { ...outboxRules, table: needed(aTable), leases: aTable })
  return openOutbox(cluster, tableOf(db, options), options)
}

const tableOf = (
  db: Postgres,
  { table: given, leases: givenLeases = 'ackstream_outbox_leases', published = 'mark' }: PostgresOutboxOptions
): OutboxTable => {
  const table = quotedTable(given)
  const leases = quotedTable(givenLeases)
  // Qualified: `id` alone would be the selected text of that name.
  const of = `from ${table} as o where o.published_at is null and o.fault is null order by o.id limit $1`
  let isThere = false
  const create = async (signal: AbortSignal | undefined): Promise<void> => {
    if (!isThere)
      await createOnce(
        db,
        `create table if not exists ${leases} (outbox text primary key, owner text not null, until timestamptz not null)`,
        signal
      )
    isThere = true
  }
  return {
    name: `the outbox ${given}`,
    lease: async (owner, forMs, signal) => {
      await create(signal)
      const rows = await ask(
        db,
        `insert into ${leases} as l (outbox, owner, until) values ($1, $2, now() + $3::text::float8 * interval '1 millisecond') on conflict (outbox) do update set owner = excluded.owner, until = excluded.until where l.owner = excluded.owner or l.until < now() returning 1 as taken`,
        [given, owner, String(forMs)],
        signal
      )
      return rows.length > 0
    },
    release: (owner, signal) =>
      ask(db, `delete from ${leases} where outbox = $1 and owner = $2`, [given, owner], signal),
    read: async (limit, signal) => {
      // As text, with its type: each driver reads jsonb, bytea and int8 in a way of its own.
      const rows = (await ask(
        db,
        `select id::text as id, message_id::text as message_id, topic::text as topic, ${['key', 'value'].map((column) => `${column}::text as ${column}, pg_typeof(${column})::text as ${column}_type`).join(', ')}, headers::text as headers ${of}`,
        [String(limit === Infinity ? 2 ** 31 - 1 : limit)],
        signal
      )) as readonly StoredRow[]
      return rows.map(rowOf)
    },
    mark: (ids, signal) =>
      ask(
        db,
        `${published === 'mark' ? `update ${table} set published_at = now()` : `delete from ${table}`} where id = any(($1::text)::int8[])`,
        [arrayLiteral(ids)],
        signal
      ),
    setAside: (id, reason, signal) =>
      ask(db, `update ${table} set fault = $2 where id = ($1::text)::int8`, [id, reason.replaceAll('\0', '')], signal)
  }
}

interface StoredRow {
  readonly id: string
  readonly message_id: string
  readonly topic: string
  readonly key: string | null
  readonly key_type: string
  readonly value: string | null
  readonly value_type: string
  readonly headers: string | null
}

const rowOf = (row: StoredRow): OutboxRow => ({
  id: row.id,
  messageId: row.message_id,
  topic: row.topic,
  key: wireOf(row.key, row.key_type),
  value: wireOf(row.value, row.value_type),
  headers: row.headers
})

/** `bytea` arrives as hexadecimal digits, unless the server uses the output format from before 2010. */
const wireOf = (text: string | null, type: string): Uint8Array | string | null => {
  if (text === null || type !== 'bytea') return text
  if (!text.startsWith('\\x')) throw new Error("it needs PostgreSQL's default setting bytea_output = 'hex'")
  const bytes = new Uint8Array((text.length - 2) / 2)
  for (let at = 0; at < bytes.length; at++) bytes[at] = Number.parseInt(text.slice(2 + 2 * at, 4 + 2 * at), 16)
  return bytes
}

import type { PostgresClient } from '../../src/postgres.js'
import { type Postgres, postgresOutbox } from '../../src/postgres.js'
import { outboxScenarios, type OutboxUnderTest } from '../support/outbox-scenarios.js'
import { describePglite, describePostgres } from '../support/postgres.js'

let tables = 0

/** The statement of docs/outbox.md. */
const columns = `
  id bigint generated always as identity primary key,
  message_id uuid not null default gen_random_uuid(),
  topic text not null,
  key text,
  value bytea,
  headers jsonb,
  published_at timestamptz,
  fault text
`

/** `db` with statements that fail when told so. */
const inPostgres = async (db: PostgresClient, connect: () => Postgres): Promise<OutboxUnderTest> => {
  const table = `outbox${String(++tables)}`
  await db.query(`create table ${table} (${columns})`)
  const statements = { read: 'select id::text', mark: `update "${table}" set published_at` }
  let failing = { begins: '', times: 0 }
  const before = (text: string): void => {
    if (failing.times === 0 || !text.startsWith(failing.begins)) return
    failing = { ...failing, times: failing.times - 1 }
    throw new Error('Connection terminated unexpectedly')
  }
  const inner = connect()
  const between: Postgres =
    'connect' in inner
      ? {
          totalCount: 0,
          connect: async () => {
            const client = await inner.connect()
            return {
              query: (text, values) => {
                before(text)
                return client.query(text, values)
              },
              release: (destroy) => {
                client.release(destroy)
              }
            }
          }
        }
      : {
          query: (text, values) => {
            before(text)
            return inner.query(text, values)
          }
        }
  return {
    open: (cluster, options) => postgresOutbox(between, cluster, { table, ...options }),
    insert: async (...rows) => {
      for (const { topic = 'out', key = null, value = null, headers = null } of rows)
        await db.query(
          `insert into ${table} (topic, key, value, headers) values ($1, $2, convert_to($3::text, 'UTF8'), $4::text::jsonb)`,
          [topic, key, value, headers]
        )
    },
    counts: async () => {
      const { rows } = await db.query(
        `select (count(*) filter (where published_at is null and fault is null))::int as due, count(published_at)::int as published, count(fault)::int as aside from ${table}`
      )
      return rows[0] as { readonly due: number; readonly published: number; readonly aside: number }
    },
    expireLease: async () => {
      await db.query("update ackstream_outbox_leases set until = now() - interval '1 second' where outbox = $1", [
        table
      ])
    },
    failNext: (statement, times) => {
      failing = { begins: statements[statement as keyof typeof statements], times }
    }
  }
}

describePostgres('an outbox in PostgreSQL', (pool) => {
  outboxScenarios(() => inPostgres(pool(), pool))
})

describePglite('an outbox in PGlite', (db) => {
  outboxScenarios(() => inPostgres(db(), db))
})

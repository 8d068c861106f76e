import { problemsWith, refuseWrong } from '../../model/check-arguments.js'
import { aFunction, checkOptions, needed } from '../../operators/handling/operator-options.js'
import type { Inbox } from '../once/write-once.js'
import { arrayLiteral, arrayParameter } from './array-literal.js'
import { aTable, quotedTable } from './identifier.js'
import { createOnce } from './create-once.js'
import { isPostgres, rowsOf, type Postgres, type PostgresClient } from './postgres-client.js'

/** Where `postgresInbox` keeps ids. */
export interface PostgresInboxOptions<C> {
  /** What identifies a record, such as the id of a payment or an event. */
  readonly id: (record: C) => string
  /** Created if it does not exist, with the columns `id` and `at`. @default 'ackstream_inbox' */
  readonly table?: string
}

/**
 * Remembers the ids of records in PostgreSQL, for `writeOnce`. The table keeps every id with the time at which it came:
 * delete old ones as your duplicates allow (`delete from ackstream_inbox where at < now() - interval '7 days'`).
 *
 * @throws ConsumerError with a `ConfigFault` that names every argument it cannot work with
 *
 * @example
 * writeOnce({ store: postgresStore(pool), inbox: postgresInbox(pool, { id: ({ value }) => value.paymentId }), write: book })
 */
export const postgresInbox = <C>(db: Postgres, options: PostgresInboxOptions<C>): Inbox<C, PostgresClient> => {
  refuseWrong(problemsWith('postgresInbox: db', db, { allowed: 'a pool or a client of PostgreSQL', holds: isPostgres }))
  checkOptions('postgresInbox', options, { id: needed(aFunction), table: aTable })
  const table = quotedTable(options.table ?? 'ackstream_inbox')
  return {
    id: options.id,
    prepare: (signal) =>
      createOnce(
        db,
        `create table if not exists ${table} (id text primary key, at timestamptz not null default now())`,
        signal
      ),
    remember: async (client, ids) => {
      const rows = await rowsOf(
        client,
        `insert into ${table} (id) select * from unnest(${arrayParameter(1, 'text')}) on conflict do nothing returning id`,
        [arrayLiteral(ids)]
      )
      return new Set((rows as readonly { readonly id: string }[]).map(({ id }) => id))
    }
  }
}

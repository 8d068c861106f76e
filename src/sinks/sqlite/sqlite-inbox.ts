import { inTurn } from '../../internal/in-turn.js'
import { problemsWith, refuseWrong } from '../../model/check-arguments.js'
import { aFunction, checkOptions, needed } from '../../operators/handling/operator-options.js'
import type { Inbox } from '../once/write-once.js'
import { quoted } from '../once/quoted.js'
import { aSqlite, type Sqlite, tableName } from './sqlite-connection.js'

/** Where `sqliteInbox` keeps ids. */
export interface SqliteInboxOptions<C> {
  /** What identifies a record, such as the id of a payment or an event. */
  readonly id: (record: C) => string
  /** Created if it does not exist, with the columns `id` and `at`. @default 'ackstream_inbox' */
  readonly table?: string
}

/**
 * Remembers the ids of records in SQLite, for `writeOnce`. The table keeps every id with the time at which it came
 * (`at`, in seconds since 1970): delete old ones as your duplicates allow.
 *
 * @throws ConsumerError with a `ConfigFault` that names every argument it cannot work with
 *
 * @example
 * writeOnce({ store: sqliteStore(db), inbox: sqliteInbox(db, { id: ({ value }) => value.paymentId }), write: book })
 */
export const sqliteInbox = <C>(db: Sqlite, options: SqliteInboxOptions<C>): Inbox<C, Sqlite> => {
  refuseWrong(problemsWith('sqliteInbox: db', db, aSqlite))
  checkOptions('sqliteInbox', options, { id: needed(aFunction), table: tableName })
  const table = quoted(options.table ?? 'ackstream_inbox')
  return {
    id: options.id,
    prepare: () =>
      inTurn(db, () =>
        db.exec(
          `create table if not exists ${table} (id text primary key, at integer not null default (unixepoch())) without rowid`
        )
      ),
    remember: (tx, ids) => {
      const insert = tx.prepare(`insert into ${table} (id) values (?) on conflict do nothing`)
      return Promise.resolve(new Set(ids.filter((id) => Number(insert.run(id).changes) > 0)))
    }
  }
}

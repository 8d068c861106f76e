import { problemsWith, refuseWrong } from '../../model/check-arguments.js'
import { RecordBugs } from '../once/record-bugs.js'
import type { TransactionalStore } from '../once/write-once.js'
import { isPostgres, type Postgres, type PostgresClient, transact } from './postgres-client.js'
import { classOf } from './to-postgres.js'

/**
 * A PostgreSQL database for `writeOnce`: each batch is one transaction. A row that PostgreSQL refuses (SQLSTATE 22…,
 * 23…, 44…, 54… and P0001, a trigger's `raise exception`) is permanent, and so is a bug of `write` (a TypeError or RangeError); every other failure is retried.
 *
 * @throws ConsumerError with a `ConfigFault` if it is given no pool or client
 *
 * @example
 * writeOnce({ store: postgresStore(pool), offsets, write: (client, records) => client.query('insert into …', valuesOf(records)) })
 */
export const postgresStore = (db: Postgres): TransactionalStore<PostgresClient> => {
  refuseWrong(problemsWith('postgresStore', db, { allowed: 'a pool or a client of PostgreSQL', holds: isPostgres }))
  const bugs = new RecordBugs()
  return {
    transaction: (work, signal) => transact(db, bugs.within(work), signal),
    classify: (cause) => (bugs.has(cause) ? 'permanent' : classOf(cause))
  }
}

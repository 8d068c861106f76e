import { problemsWith, refuseWrong } from '../../model/check-arguments.js'
import { inTurn } from '../../internal/in-turn.js'
import { faultOfError } from '../../model/consumer-error.js'
import { faultClass } from '../../model/fault-class.js'
import { RecordBugs } from '../once/record-bugs.js'
import type { TransactionalStore } from '../once/write-once.js'
import { rollBack } from './roll-back.js'
import { aSqlite, resultCode, type Sqlite } from './sqlite-connection.js'

/** TOOBIG, CONSTRAINT, MISMATCH: the row is the cause. */
const refusesRow: ReadonlySet<number> = new Set([18, 19, 20])

/**
 * A SQLite database for `writeOnce`: each batch is one transaction (`begin immediate`), one at a time for each
 * connection. `write` gets the connection; all that runs on it until `write` is done is part of the transaction, so use
 * another connection elsewhere, or statements without an `await` between them. A row that SQLite refuses (CONSTRAINT,
 * MISMATCH, TOOBIG) is permanent, and so is a bug of `write` (a TypeError or RangeError, as for a value that cannot be
 * bound); every other failure (BUSY, IOERR, FULL) is retried.
 *
 * @throws ConsumerError with a `ConfigFault` if it is given no database
 *
 * @example
 * const db = new DatabaseSync('orders.db') // of node:sqlite, or new Database('orders.db') of better-sqlite3
 * const insert = db.prepare('insert into orders (id, amount) values (?, ?)')
 * writeOnce({
 *   store: sqliteStore(db),
 *   offsets, // sqliteOffsets(db, { group: 'billing' }), whose startFrom the consumer has
 *   write: (_db, records) => { for (const { value } of records) insert.run(value.id, value.amount) }
 * })
 */
export const sqliteStore = <Db extends Sqlite>(db: Db): TransactionalStore<Db> => {
  refuseWrong(problemsWith('sqliteStore', db, aSqlite))
  const bugs = new RecordBugs()
  return {
    transaction: (work) =>
      inTurn(db, async () => {
        db.exec('begin immediate')
        try {
          await bugs.within(work)(db)
          db.exec('commit')
        } catch (error) {
          rollBack(db)
          throw error
        }
      }),
    classify: (cause) => (bugs.has(cause) ? 'permanent' : classOf(cause))
  }
}

/** What our own functions refuse, such as a record without an ID, fails in every attempt. */
const classOf = (cause: unknown): 'permanent' | 'retriable' => {
  if (refusesRow.has(resultCode(cause) ?? -1)) return 'permanent'
  const fault = faultOfError(cause)
  return fault === null || faultClass(fault) === 'retriable' ? 'retriable' : 'permanent'
}

import type { Sqlite } from './sqlite-connection.js'

/** After a failure within a transaction. */
export const rollBack = (db: Sqlite): void => {
  try {
    db.exec('rollback')
  } catch {
    // SQLite rolls back by itself after some errors (FULL, IOERR); the first error says more.
  }
}

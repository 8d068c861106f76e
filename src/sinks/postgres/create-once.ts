import { ask, type Postgres } from './postgres-client.js'
import { sqlState } from './server-error.js'

/** Runs a `create table if not exists`. If two do so at once, the second finds the table in the catalogue. */
export const createOnce = async (db: Postgres, statement: string, signal?: AbortSignal): Promise<void> => {
  try {
    await ask(db, statement, [], signal)
  } catch (error) {
    if (sqlState(error) !== '23505' && sqlState(error) !== '42P07') throw error
  }
}

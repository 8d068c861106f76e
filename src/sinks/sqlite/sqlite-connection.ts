import { type ArgumentRule, withMethods } from '../../model/check-arguments.js'

/** A prepared statement, as `node:sqlite` and better-sqlite3 have it. */
export interface SqliteStatement {
  run(...values: (string | number | bigint | null)[]): { readonly changes: number | bigint }
  get(...values: (string | number | bigint | null)[]): unknown
}

/** A connection to a SQLite database: `DatabaseSync` of `node:sqlite`, or a `Database` of better-sqlite3. */
export interface Sqlite {
  exec(statement: string): unknown
  prepare(statement: string): SqliteStatement
}

export const aSqlite: ArgumentRule = /*#__PURE__*/ withMethods(
  'a database of node:sqlite or better-sqlite3',
  'exec',
  'prepare'
)

/** SQLite's result code of an error (https://www.sqlite.org/rescode.html); null if the error is not from SQLite. */
export const resultCode = (error: unknown): number | null => {
  if (typeof error !== 'object' || error === null) return null
  // node:sqlite has the extended code as a number, whose lowest byte is the primary code.
  if ('errcode' in error && typeof error.errcode === 'number') return error.errcode & 0xff
  if (!('code' in error) || typeof error.code !== 'string') return null
  const named = Object.entries(codes).find(([name]) => String(error.code).startsWith(name))
  return named === undefined ? null : named[1]
}

/** better-sqlite3 names the extended code, such as SQLITE_CONSTRAINT_UNIQUE. */
const codes: Readonly<Record<string, number>> = { SQLITE_TOOBIG: 18, SQLITE_CONSTRAINT: 19, SQLITE_MISMATCH: 20 }

export const tableName = {
  allowed: 'a name without the character NUL',
  holds: (given: unknown): boolean => typeof given === 'string' && given !== '' && !given.includes('\0')
}

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

export const aSqlite = {
  allowed: 'a database of node:sqlite or better-sqlite3',
  holds: (given: unknown): boolean =>
    typeof given === 'object' &&
    given !== null &&
    'exec' in given &&
    typeof given.exec === 'function' &&
    'prepare' in given &&
    typeof given.prepare === 'function'
}

/** Settles when the last transaction of the connection is over. */
const turns = /*#__PURE__*/ new WeakMap<Sqlite, Promise<unknown>>()

/** Runs `work` when the transactions before it are over: a connection has one at a time. */
export const inTurn = <A>(db: Sqlite, work: () => A | PromiseLike<A>): Promise<A> => {
  const mine = (turns.get(db) ?? Promise.resolve()).then(work)
  turns.set(
    db,
    mine.catch(() => undefined)
  )
  return mine
}

/** SQLite's result code of an error (https://www.sqlite.org/rescode.html); null if the error is not SQLite's. */
export const resultCode = (error: unknown): number | null => {
  if (typeof error !== 'object' || error === null) return null
  // node:sqlite has the extended code as a number, whose lowest byte is the primary one.
  if ('errcode' in error && typeof error.errcode === 'number') return error.errcode & 0xff
  if (!('code' in error) || typeof error.code !== 'string') return null
  const named = Object.entries(codes).find(([name]) => String(error.code).startsWith(name))
  return named === undefined ? null : named[1]
}

/** better-sqlite3 names the extended code, such as SQLITE_CONSTRAINT_UNIQUE. */
const codes: Readonly<Record<string, number>> = { SQLITE_TOOBIG: 18, SQLITE_CONSTRAINT: 19, SQLITE_MISMATCH: 20 }

/** Quotes a name for use in a statement. */
export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`

export const aName = {
  allowed: 'a name without the character NUL',
  holds: (given: unknown): boolean => typeof given === 'string' && given !== '' && !given.includes('\0')
}

import { Database } from 'node-sqlite3-wasm'
import type { Sqlite } from '../../src/sqlite.js'

/** SQLite as WebAssembly, since Node 20 has none, in the shape of `node:sqlite`; that itself where there is one. */
export const openSqlite = (path = ':memory:'): Sqlite & { close(): void } => {
  const own = (process as { getBuiltinModule?: (id: string) => unknown }).getBuiltinModule?.('node:sqlite')
  if (own !== undefined) {
    const { DatabaseSync } = own as { readonly DatabaseSync: new (path: string) => Sqlite & { close(): void } }
    return new DatabaseSync(path)
  }
  const db = new Database(path)
  return {
    exec: (text) => {
      db.exec(text)
    },
    prepare: (text) => ({
      run: (...values) => db.run(text, values),
      get: (...values) => db.get(text, values) ?? undefined
    }),
    close: () => {
      db.close()
    }
  }
}

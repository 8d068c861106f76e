// PG_URL=postgres://… npm run example postgres/run: orders-to-postgres on a server of yours; pg 8 has to be installed.
import { type Database, ordersToPostgres } from './orders-to-postgres.js'

// By a name that the compiler does not look for: ackstream needs no pg, and takes any.
const name: string = 'pg'
const { Pool } = ((await import(name)) as { default: Pg }).default

interface Pg {
  readonly Pool: new (options: { connectionString: string | undefined }) => Database & { end(): Promise<void> }
}

const pool = new Pool({ connectionString: process.env['PG_URL'] })
await ordersToPostgres(pool, console.log)
await pool.end()

import { inTurn } from '../../internal/in-turn.js'
import { ConsumerError } from '../../model/consumer-error.js'
import { sqlState, withoutValues } from './server-error.js'

/**
 * Anything that sends a statement with its values over one connection: a `Client` of pg 8, PGlite, or an adapter to
 * another client.
 */
export interface PostgresClient {
  query(text: string, values?: unknown[]): PromiseLike<{ readonly rows: readonly unknown[] }>
}

/** A connection that a pool has lent. */
export interface PooledClient extends PostgresClient {
  release(destroy?: boolean | Error): void
  readonly on?: ((event: 'error', listener: (error: Error) => void) => unknown) | undefined
  readonly off?: ((event: 'error', listener: (error: Error) => void) => unknown) | undefined
}

/** A pool like that of pg 8: each transaction has its own connection. */
export interface PostgresPool {
  readonly totalCount: number
  connect(): PromiseLike<PooledClient>
}

/** The database to write to: a pool, or a single connection, whose users take turns. */
export type Postgres = PostgresPool | PostgresClient

const isPool = (db: Postgres): db is PostgresPool => 'totalCount' in db && typeof db.totalCount === 'number'

export const isPostgres = (given: unknown): boolean =>
  typeof given === 'object' &&
  given !== null &&
  (('query' in given && typeof given.query === 'function') || ('totalCount' in given && 'connect' in given))

/** When the signal aborts, the result is not awaited any more: a connection that hangs would never return to its pool. */
const withClient = async <A>(
  db: Postgres,
  work: (client: PostgresClient) => Promise<A>,
  signal?: AbortSignal
): Promise<A> => {
  if (!isPool(db))
    return inTurn(db, () => work(db)).catch((error: unknown) => {
      throw withoutValues(error)
    })
  const client = await db.connect()
  let isLent = true
  const giveBack = (destroy?: true): void => {
    if (!isLent) return
    isLent = false
    if (destroy === undefined) client.off?.('error', ignored)
    client.release(destroy)
  }
  const destroy = (): void => {
    giveBack(true)
  }
  if (signal?.aborted === true) {
    giveBack()
    throw new Error('its caller no longer waits for it')
  }
  signal?.addEventListener('abort', destroy)
  // A connection that breaks between two statements emits an event, which ends the process unless there is a listener; the next
  // statement fails anyway. A discarded connection may emit it later.
  client.on?.('error', ignored)
  try {
    const result = await work(client)
    giveBack()
    return result
  } catch (error) {
    // A connection in an unknown state is discarded.
    giveBack(true)
    throw withoutValues(error)
  } finally {
    signal?.removeEventListener('abort', destroy)
  }
}

const ignored = (): void => undefined

/** The rows that a statement gives. A client that gives them in another form needs an adapter. */
export const rowsOf = async (
  client: PostgresClient,
  text: string,
  values: readonly unknown[]
): Promise<readonly unknown[]> => {
  const result = (await client.query(text, [...values])) as { readonly rows?: unknown } | undefined
  if (Array.isArray(result?.rows)) return result.rows as readonly unknown[]
  const reason = 'the query(…) of the PostgreSQL client returns no { rows }: write an adapter of a few lines'
  throw new ConsumerError({ _tag: 'UsageFault', reason })
}

/** One statement, by itself. When the signal aborts, the connection of a pool is closed. */
export const ask = (
  db: Postgres,
  text: string,
  values: readonly unknown[],
  signal?: AbortSignal
): Promise<readonly unknown[]> => withClient(db, (client) => rowsOf(client, text, values), signal)

const limited = (name: string, to: string): string =>
  `case current_setting('${name}') when '0' then set_config('${name}', '${to}', true) end`

/**
 * How long the server lets a statement run, a lock wait, and a session idle within a transaction, so that others can use its
 * rows. Limits set for the user, the database or the session take precedence. A select without rows to read is planned in two
 * thirds of the time.
 */
const limits = `select ${limited('statement_timeout', '60s')}, ${limited('lock_timeout', '30s')}, ${limited('idle_in_transaction_session_timeout', '30s')}`

/**
 * Runs all of `work` in one transaction. If a COMMIT gets no answer, its result is unknown: that is an error too. When the
 * signal aborts, the connection of a pool is closed, and the server rolls back what is not committed.
 */
export const transact = <A>(
  db: Postgres,
  work: (client: PostgresClient) => Promise<A>,
  signal?: AbortSignal
): Promise<A> => withClient(db, (client) => inTransaction(db, client, work), signal)

/** Pools whose clients take one statement at a time. */
const oneAtATime = /*#__PURE__*/ new WeakSet<Postgres>()

/** Begins with the limits: in one round trip where the client of a pool allows that, as pg 8 does. */
const begin = async (db: Postgres, client: PostgresClient): Promise<void> => {
  if (isPool(db) && !oneAtATime.has(db))
    try {
      await client.query(`begin; ${limits}`)
      return
    } catch (error) {
      if (sqlState(error) !== severalStatements) throw error
      oneAtATime.add(db)
    }
  await client.query('begin')
  await client.query(limits)
}

/** “cannot insert multiple commands into a prepared statement” is a syntax error. */
const severalStatements = '42601'

const inTransaction = async <A>(
  db: Postgres,
  client: PostgresClient,
  work: (client: PostgresClient) => Promise<A>
): Promise<A> => {
  try {
    await begin(db, client)
    const result = await work(client)
    await client.query('commit')
    return result
  } catch (error) {
    if (sqlState(error) !== null || !(error instanceof Error)) await client.query('rollback')
    else
      try {
        await client.query('rollback')
      } catch {
        // The connection has ended, and with it the transaction: the first error says more.
      }
    throw error
  }
}

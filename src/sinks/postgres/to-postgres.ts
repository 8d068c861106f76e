import type { Observable } from 'rxjs'
import type { Carried, CarriedOr, Dropped } from '../../model/carried.js'
import { problemsWith, refuseWrong } from '../../model/check-arguments.js'
import { printableValue } from '../../model/printable.js'
import { ConsumerError, faultOfError } from '../../model/consumer-error.js'
import { faultClass } from '../../model/fault-class.js'
import { isPromiseLike } from '../../model/is-promise-like.js'
import { aFunction, checkOptions, needed, type OptionRule } from '../../operators/handling/operator-options.js'
import { batchRules, type SinkOptions, retryWithoutEnd } from '../batches/sink-options.js'
import { Unwritable } from '../batches/unwritable.js'
import { anOffsetStore } from '../once/offset-store.js'
import { quoted } from '../once/quoted.js'
import { type RunTransaction, withOffsets } from '../once/write-batch.js'
import { type Refusal, refused, type Refused } from '../refused.js'
import { sinkAs } from '../sink.js'
import { areTooLarge, arrayLiteral, arrayParameter, textOf } from './array-literal.js'
import { aTable, columnNames, columnTypes, quotedTable } from './identifier.js'
import { isPostgres, type Postgres, type PostgresClient, transact } from './postgres-client.js'
import type { PostgresOffsets } from './postgres-offsets.js'
import { sqlState } from './server-error.js'

/** What happens to a row whose key exists: an error, it is ignored, or it replaces the existing row. */
export type Conflict = 'fail' | 'ignore' | { readonly update: readonly string[] }

/** What `toPostgres` writes; batches, retry and dead letters are those of `sink`. */
export interface ToPostgresOptions<C> extends Omit<SinkOptions<C>, 'write'> {
  /** `orders`, or with its schema `shop.orders` */
  readonly table: string
  /**
   * The columns to write, and the PostgreSQL type of each, such as `text`, `int8`, `timestamptz`, `jsonb`, `bytea`; no
   * arrays.
   */
  readonly columns: Readonly<Record<string, string>>
  /** The row: text, numbers, bigints, booleans, Dates, bytes, null; other objects become JSON. */
  readonly row: (carried: C) => Readonly<Record<string, unknown>>
  /**
   * `{ update: ['id'] }` is an upsert by these columns: if a batch has several rows of one key, the last counts.
   * @default 'fail'
   */
  readonly conflict?: Conflict
  /**
   * Writes the partition's next offset in the same transaction: each record takes effect exactly once. @default none
   */
  readonly offsets?: PostgresOffsets
  /**
   * A transaction that takes longer has failed: the connection of a pool is closed, and the batch is written again.
   * @default 120_000
   */
  readonly timeoutMs?: number
}

/** Longer than the server lets a statement run by default, so that this ends only what the server does not. */
const defaultTimeoutMs = 120_000

const aConflict: OptionRule = {
  allowed: `'fail', 'ignore', or { update: ${columnNames.allowed} }`,
  holds: (given) =>
    given === 'fail' ||
    given === 'ignore' ||
    (typeof given === 'object' && given !== null && 'update' in given && columnNames.holds(given.update))
}

const oneBatch: OptionRule = { allowed: '1 with offsets', holds: (given) => given === 1 }

/**
 * Writes a row for each record to a PostgreSQL table, and passes each record on once its row is committed. It writes a
 * batch in one transaction and one statement (`insert … select … from unnest`, with one value per column for any number
 * of rows).
 *
 * - With `offsets` each record takes effect exactly once, whatever fails. Rows and offset are committed together,
 *   records below the offset are not written again, and a member that has lost its partition unnoticed is rolled back.
 *   If a COMMIT gets no answer, the offsets show whether it took place. Without `offsets` delivery is at least once: use an
 *   upsert.
 * - If PostgreSQL refuses a row (SQLSTATE 22…, 23…, 44…, 54…; P0001, a trigger's `raise exception`; NUL, half of a
 *   surrogate pair), only that record goes to `onFailure`. Any other failure (deadlock, serialisation failure, a lost connection, failover, no space) is retried,
 *   without end unless `retry` sets one.
 * - Order, pressure, completion and errors: as `sink`.
 *
 * @throws ConsumerError with a `ConfigFault` that names every option it cannot work with
 *
 * @example
 * const offsets = postgresOffsets(pool, { group: 'billing' })
 * partition.pipe(
 *   deserialize({ value: json(Order) }),
 *   toPostgres(pool, { table: 'orders', columns: { id: 'text', amount: 'int8' }, row: ({ value }) => value, offsets }),
 *   ack()
 * )
 */
export function toPostgres<C extends CarriedOr<Dropped>>(
  db: Postgres,
  options: ToPostgresOptions<C>
): <D extends Carried<unknown>>(source: Observable<C> & Observable<D>) => Observable<D> {
  refuseWrong(problemsWith('toPostgres: db', db, { allowed: 'a pool or a client of PostgreSQL', holds: isPostgres }))
  checkOptions('toPostgres', options, {
    ...batchRules,
    // With concurrent batches, an offset could pass rows that an overtaken batch still has to write.
    ...((options as Partial<typeof options> | undefined)?.offsets === undefined ? {} : { concurrency: oneBatch }),
    table: needed(aTable),
    columns: needed(columnTypes),
    row: needed(aFunction),
    conflict: aConflict,
    offsets: anOffsetStore
  })
  const { table, columns, row, conflict, offsets, ...sinkOptions } = options
  checkConflict(conflict ?? 'fail', columns)
  const retry = options.retry ?? retryWithoutEnd
  const insert = inserting(table, columns, conflict ?? 'fail')
  const unwritable = new Unwritable()
  const transaction: RunTransaction<PostgresClient> = (work, signal) => transact(db, work, signal)
  return sinkAs('toPostgres', {
    ...sinkOptions,
    timeoutMs: options.timeoutMs ?? defaultTimeoutMs,
    retry: {
      ...retry,
      classify: retry.classify ?? ((cause) => (unwritable.has(cause) ? 'permanent' : classOf(cause)))
    },
    write:
      offsets === undefined
        ? (records, { signal }) =>
            writeRows(records, row, (rows) => transaction((client) => insert(client, rows), signal))
        : withOffsets<C, PostgresClient>(offsets, transaction, (client, records) =>
            // All rows are created first: an offset must not pass a record without a row before that is isolated and
            // dead-lettered.
            insert(
              client,
              unwritable.from(() => records.map((carried) => rowOf(carried, row)))
            )
          )
  })
}

/** Without the column in the row there is nothing to compare: the server would refuse every statement. */
const checkConflict = (conflict: Conflict, columns: Readonly<Record<string, string>>): void => {
  if (typeof conflict === 'string') return
  const missing = conflict.update.filter((column) => !Object.hasOwn(columns, column))
  if (missing.length > 0)
    refuseWrong([
      {
        property: 'toPostgres: conflict.update',
        given: printableValue(missing),
        allowed: `columns that are written: ${Object.keys(columns).join(', ')}`
      }
    ])
}

type Row = Readonly<Record<string, unknown>>
type Insert = (client: PostgresClient, rows: readonly Row[]) => Promise<void>

/**
 * The server refused data: a row is to blame. That are data exceptions (22), constraints (23), a view's `check option`
 * (44), what is larger than the server can hold (54), and two rows of a batch that are one to the server though their
 * texts differ (21000), which are written when they are apart, and a trigger's `raise` (P0001). Other errors have other
 * causes.
 */
const refusesRow = /^(?:22|23|44|54|21000$|P0001$)/

export const classOf = (cause: unknown): 'permanent' | 'retriable' => {
  const state = sqlState(cause)
  if (state !== null) return refusesRow.test(state) ? 'permanent' : 'retriable'
  // V8 refuses to make a text that is too long.
  if (cause instanceof BatchTooLarge || cause instanceof RangeError) return 'permanent'
  const fault = faultOfError(cause)
  return fault === null || faultClass(fault) === 'retriable' ? 'retriable' : 'permanent'
}

const inserting = (table: string, columns: Readonly<Record<string, string>>, conflict: Conflict): Insert => {
  const named = Object.entries(columns)
  const update = typeof conflict === 'object' ? conflict.update : []
  const others = named.filter(([column]) => !update.includes(column))
  const onConflict =
    conflict === 'fail'
      ? ''
      : conflict === 'ignore' || others.length === 0
        ? ' on conflict do nothing'
        : ` on conflict (${update.map(quoted).join(', ')}) do update set ${others.map(([column]) => `${quoted(column)} = excluded.${quoted(column)}`).join(', ')}`
  const values = named.map(([, type], at) => arrayParameter(at + 1, type)).join(', ')
  const text = `insert into ${quotedTable(table)} (${named.map(([column]) => quoted(column)).join(', ')}) select * from unnest(${values})${onConflict}`
  return async (client, rows) => {
    // One statement may change a row only once.
    const all = update.length === 0 ? rows : lastOfEach(rows, update)
    if (all.length === 0) return
    const literals = named.map(([column]) => arrayLiteral(all.map((row) => valueOf(row, column))))
    if (all.length > 1 && areTooLarge(literals))
      throw new BatchTooLarge('the rows of the batch are too large for one statement')
    await client.query(text, literals)
  }
}

/** Thrown before anything is sent; the batch is then halved. */
class BatchTooLarge extends Error {}

const lastOfEach = (rows: readonly Row[], key: readonly string[]): readonly Row[] => {
  const last = new Map<string, Row>()
  for (const row of rows) {
    const of = JSON.stringify(key.map((column) => textOf(valueOf(row, column))))
    last.delete(of)
    last.set(of, row)
  }
  return [...last.values()]
}

/** Properties that every object has, such as `constructor`, are not columns. */
const valueOf = (row: Row, column: string): unknown =>
  column in Object.prototype && !Object.hasOwn(row, column) ? null : row[column]

/** Writes the rows that can be created, and refuses the other records. */
const writeRows = async <C>(
  records: readonly C[],
  row: (carried: C) => Row,
  insert: (rows: readonly Row[]) => Promise<void>
): Promise<Refused | undefined> => {
  const rows: Row[] = []
  const refusals: Refusal[] = []
  records.forEach((carried, index) => {
    try {
      rows.push(rowOf(carried, row))
    } catch (cause) {
      if (faultOfError(cause)?._tag === 'UsageFault') throw cause
      refusals.push({ index, cause, permanent: true })
    }
  })
  await insert(rows)
  return refusals.length === 0 ? undefined : refused(refusals)
}

/** Finds rows that PostgreSQL cannot store before anything is sent. */
const rowOf = <C>(carried: C, row: (carried: C) => Row): Row => {
  const made: unknown = row(carried)
  if (typeof made !== 'object' || made === null) throw new TypeError('row(…) returned no object')
  // All columns would be null.
  if (isPromiseLike(made))
    throw new ConsumerError({
      _tag: 'UsageFault',
      reason: 'toPostgres: row(…) returned a promise: await it in an operator before, such as handle'
    })
  for (const value of Object.values(made)) if (value !== null && value !== undefined) textOf(value)
  return made as Row
}

import { problemsWith, refuseWrong } from '../../model/check-arguments.js'
import { checkOptions, name, needed } from '../../operators/handling/operator-options.js'
import { type OffsetStore, offsetStore, type StoredOffset } from '../once/offset-store.js'
import { createOnce } from './create-once.js'
import { aTable, quotedTable } from './identifier.js'
import { ask, isPostgres, rowsOf, type Postgres, type PostgresClient } from './postgres-client.js'

/** Where `postgresOffsets` keeps offsets. */
export interface PostgresOffsetsOptions {
  /** The group that the offsets belong to: several groups may share a table. */
  readonly group: string
  /** Created if it does not exist. @default 'ackstream_offsets' */
  readonly table?: string
}

/** The next offset of each partition, beside the rows made of the records below it. Use one for each consumer. */
export type PostgresOffsets = OffsetStore<PostgresClient>

/**
 * Keeps offsets in the database of the rows, so that each record takes effect exactly once: `toPostgres` writes rows
 * and offset in one transaction. Only the consumer that took a partition over last may write: each takeover has a
 * number (`epoch`), and a transaction with an older one is rolled back.
 *
 * @throws ConsumerError with a `ConfigFault` that names every argument it cannot work with
 *
 * @example
 * const offsets = postgresOffsets(pool, { group: 'billing' })
 * const orders = consumer(cluster, { 'group.id': 'billing', 'enable.auto.commit': false, startFrom: offsets.startFrom, subscription: subscribe('orders') })
 */
export const postgresOffsets = (db: Postgres, options: PostgresOffsetsOptions): PostgresOffsets => {
  refuseWrong(
    problemsWith('postgresOffsets: db', db, { allowed: 'a pool or a client of PostgreSQL', holds: isPostgres })
  )
  checkOptions('postgresOffsets', options, { group: needed(name), table: aTable })
  const { group } = options
  const table = quotedTable(options.table ?? 'ackstream_offsets')
  const create = tableCreator(db, table)
  return offsetStore<PostgresClient>({
    group,
    claim: async ({ topic, partition }, signal) => {
      await create(signal)
      // A transaction of the former owner is over before this is answered: it holds the lock of the row.
      const [row] = (await ask(
        db,
        `insert into ${table} as o (group_id, topic, partition, epoch) values ($1, $2, $3, 1) on conflict (group_id, topic, partition) do update set epoch = o.epoch + 1 returning next_offset::text as next, epoch::text as epoch`,
        [group, topic, partition],
        signal
      )) as readonly Row[]
      if (row === undefined) throw new Error(`the table ${table} has a rule or a trigger that swallows rows`)
      return storedIn(row)
    },
    advance: async (client, { topic, partition }, { epoch, from, to }) => {
      const rows = await rowsOf(
        client,
        `update ${table} set next_offset = $1 where group_id = $2 and topic = $3 and partition = $4 and epoch = $5 and (next_offset is null or next_offset <= $6) returning 1 as moved`,
        [String(to), group, topic, partition, String(epoch), String(from)]
      )
      return rows.length > 0
    },
    read: async (client, { topic, partition }) => {
      const rows = await rowsOf(
        client,
        `select next_offset::text as next, epoch::text as epoch from ${table} where group_id = $1 and topic = $2 and partition = $3`,
        [group, topic, partition]
      )
      const [row] = rows as readonly Row[]
      return row === undefined ? null : storedIn(row)
    }
  })
}

/** Creates the table once, unless an attempt has failed or was aborted. */
const tableCreator = (db: Postgres, table: string): ((signal: AbortSignal | undefined) => Promise<void>) => {
  let made: Promise<unknown> | null = null
  return async (signal) => {
    const making = (made ??= createOnce(
      db,
      `create table if not exists ${table} (group_id text not null, topic text not null, partition int not null, next_offset int8, epoch int8 not null, primary key (group_id, topic, partition))`,
      signal
    ))
    let isOver = false
    const forget = (): void => {
      if (!isOver && made === making) made = null
    }
    // One that hangs must not hold up the next.
    signal?.addEventListener('abort', forget)
    try {
      await making
      isOver = true
    } catch (error) {
      forget()
      throw error
    }
  }
}

interface Row {
  readonly next: string | null
  readonly epoch: string
}

const storedIn = ({ next, epoch }: Row): StoredOffset => ({
  epoch: BigInt(epoch),
  next: next === null ? null : BigInt(next)
})

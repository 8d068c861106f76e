import { inTurn } from '../../internal/in-turn.js'
import { problemsWith, refuseWrong } from '../../model/check-arguments.js'
import { checkOptions, name, needed } from '../../operators/handling/operator-options.js'
import { type OffsetStore, offsetStore, type StoredOffset } from '../once/offset-store.js'
import { quoted } from '../once/quoted.js'
import { aSqlite, type Sqlite, tableName } from './sqlite-connection.js'

/** Where `sqliteOffsets` keeps offsets. */
export interface SqliteOffsetsOptions {
  /** The group that the offsets belong to: several groups may share a table. */
  readonly group: string
  /** Created if it does not exist. @default 'ackstream_offsets' */
  readonly table?: string
}

/**
 * Keeps offsets in the SQLite database of the rows, so that each record takes effect exactly once: `writeOnce` writes
 * rows and offset in one transaction. Only the consumer that took a partition over last may write, also if others use
 * the same file.
 *
 * @throws ConsumerError with a `ConfigFault` that names every argument it cannot work with
 *
 * @example
 * const offsets = sqliteOffsets(db, { group: 'billing' })
 * const orders = consumer(cluster, { 'group.id': 'billing', 'enable.auto.commit': false, startFrom: offsets.startFrom, subscription: subscribe('orders') })
 */
export const sqliteOffsets = (db: Sqlite, options: SqliteOffsetsOptions): OffsetStore<Sqlite> => {
  refuseWrong(problemsWith('sqliteOffsets: db', db, aSqlite))
  checkOptions('sqliteOffsets', options, { group: needed(name), table: tableName })
  const { group } = options
  const table = quoted(options.table ?? 'ackstream_offsets')
  let isThere = false
  const create = (): void => {
    if (!isThere)
      db.exec(
        `create table if not exists ${table} (group_id text not null, topic text not null, "partition" integer not null, next_offset integer, epoch integer not null, primary key (group_id, topic, "partition")) without rowid`
      )
    isThere = true
  }
  // As text: an integer beyond 2^53 would be refused or rounded.
  const columns = 'cast(next_offset as text) as next, cast(epoch as text) as epoch'
  const own = 'group_id = ? and topic = ? and "partition" = ?'
  return offsetStore<Sqlite>({
    group,
    claim: ({ topic, partition }) =>
      inTurn(db, () => {
        create()
        const row = db
          .prepare(
            `insert into ${table} (group_id, topic, "partition", epoch) values (?, ?, ?, 1) on conflict do update set epoch = epoch + 1 returning ${columns}`
          )
          .get(group, topic, partition)
        return storedIn(row)
      }),
    advance: (tx, { topic, partition }, { epoch, from, to }) => {
      const { changes } = tx
        .prepare(
          `update ${table} set next_offset = ? where ${own} and epoch = ? and (next_offset is null or next_offset <= ?)`
        )
        .run(to, group, topic, partition, epoch, from)
      return Promise.resolve(Number(changes) > 0)
    },
    read: (tx, { topic, partition }) => {
      const row = tx.prepare(`select ${columns} from ${table} where ${own}`).get(group, topic, partition)
      return Promise.resolve(row === undefined || row === null ? null : storedIn(row))
    }
  })
}

const storedIn = (row: unknown): StoredOffset => {
  const { next, epoch } = row as { readonly next: string | null; readonly epoch: string }
  return { epoch: BigInt(epoch), next: next === null ? null : BigInt(next) }
}

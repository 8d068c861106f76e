import { defer } from 'rxjs'
import type { StartFrom } from '../../config/start-from.js'
import { problemsWith, refuseWrong } from '../../model/check-arguments.js'
import { ConsumerError } from '../../model/consumer-error.js'
import type { StartPosition } from '../../model/position.js'
import { partitionKey, type TopicPartition } from '../../model/topic-partition.js'
import { checkOptions, name, needed } from '../../operators/handling/operator-options.js'
import { aTable, quotedTable } from './identifier.js'
import { ask, isPostgres, type Postgres, type PostgresClient } from './postgres-client.js'
import { sqlState } from './server-error.js'

/** Where `postgresOffsets` keeps offsets. */
export interface PostgresOffsetsOptions {
  /** The group that the offsets belong to: several groups may share a table. */
  readonly group: string
  /** Created if it does not exist. @default 'ackstream_offsets' */
  readonly table?: string
}

/** The next offset of each partition, next to the rows made of the records below it. Use one for each consumer. */
export interface PostgresOffsets {
  /**
   * The value for the consumer's property of the same name. It takes over the assigned partitions, which fences their
   * former owner, and starts reading at the database's offsets. A partition without one starts as the consumer is
   * configured.
   */
  readonly startFrom: StartFrom
  /**
   * The database's offset, as far as this consumer's claim knows; null if there is none yet.
   *
   * @internal
   */
  next(partition: TopicPartition): bigint | null
  /**
   * Advances the offset within the caller's transaction; refused once another consumer has taken the partition over.
   *
   * @internal
   */
  save(client: PostgresClient, partition: TopicPartition, from: bigint, to: bigint): Promise<'saved' | 'behind'>
  /**
   * After the commit.
   *
   * @internal
   */
  saved(partition: TopicPartition, to: bigint): void
}

interface Claim {
  readonly epoch: string
  next: bigint | null
}

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
  return new TableOffsets(db, options.group, quotedTable(options.table ?? 'ackstream_offsets'))
}

class TableOffsets implements PostgresOffsets {
  private readonly db: Postgres
  private readonly group: string
  private readonly table: string
  private readonly claims = new Map<string, Claim>()
  private made: Promise<unknown> | null = null

  constructor(db: Postgres, group: string, table: string) {
    this.db = db
    this.group = group
    this.table = table
  }

  readonly startFrom: StartFrom = (gained) => defer(() => this.claim(gained))

  next(partition: TopicPartition): bigint | null {
    return this.claims.get(keyOf(partition))?.next ?? null
  }

  async save(client: PostgresClient, place: TopicPartition, from: bigint, to: bigint): Promise<'saved' | 'behind'> {
    const { topic, partition } = place
    const claim = this.claims.get(keyOf(place))
    if (claim === undefined)
      throw new ConsumerError({
        _tag: 'UsageFault',
        reason: `${topic}/${String(partition)} was not claimed: give startFrom of the offsets to the consumer`
      })
    const moved = await client.query(
      `update ${this.table} set next_offset = $1 where group_id = $2 and topic = $3 and partition = $4 and epoch = $5 and (next_offset is null or next_offset <= $6) returning 1 as moved`,
      [String(to), this.group, topic, partition, claim.epoch, String(from)]
    )
    if (moved.rows.length > 0) return 'saved'
    const stands = await client.query(
      `select next_offset::text as next, epoch::text as epoch from ${this.table} where group_id = $1 and topic = $2 and partition = $3`,
      [this.group, topic, partition]
    )
    const [row] = stands.rows as readonly { readonly next: string | null; readonly epoch: string }[]
    if (row?.epoch !== claim.epoch)
      throw new ConsumerError({
        _tag: 'FencedFault',
        what: 'partition',
        id: `${topic}/${String(partition)} of ${this.group}`
      })
    // A commit whose answer was lost took place.
    claim.next = row.next === null ? null : BigInt(row.next)
    return 'behind'
  }

  saved(partition: TopicPartition, to: bigint): void {
    const claim = this.claims.get(keyOf(partition))
    if (claim !== undefined) claim.next = to
  }

  private async claim(gained: readonly TopicPartition[]): Promise<readonly StartPosition[]> {
    this.made ??= this.make()
    try {
      await this.made
    } catch (error) {
      this.made = null
      throw error
    }
    const positions: StartPosition[] = []
    for (const { topic, partition } of gained) {
      // A transaction of the former owner is over before this is answered: it holds the lock of the row.
      const [row] = (await ask(
        this.db,
        `insert into ${this.table} as o (group_id, topic, partition, epoch) values ($1, $2, $3, 1) on conflict (group_id, topic, partition) do update set epoch = o.epoch + 1 returning next_offset::text as next, epoch::text as epoch`,
        [this.group, topic, partition]
      )) as readonly { readonly next: string | null; readonly epoch: string }[]
      if (row === undefined) continue
      const next = row.next === null ? null : BigInt(row.next)
      this.claims.set(keyOf({ topic, partition }), { epoch: row.epoch, next })
      if (next !== null) positions.push({ topic, partition, from: { offset: next } })
    }
    return positions
  }

  private async make(): Promise<void> {
    try {
      await ask(
        this.db,
        `create table if not exists ${this.table} (group_id text not null, topic text not null, partition int not null, next_offset int8, epoch int8 not null, primary key (group_id, topic, partition))`,
        []
      )
    } catch (error) {
      // If two create it at once, the second finds it in the catalogue.
      if (sqlState(error) !== '23505' && sqlState(error) !== '42P07') throw error
    }
  }
}

const keyOf = ({ topic, partition }: TopicPartition): string => partitionKey(topic, partition)

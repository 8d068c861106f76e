import type { Observable } from 'rxjs'
import type { Carried, CarriedOr, Dropped } from '../../model/carried.js'
import { allDone } from '../../internal/usable-results.js'
import { withMethods } from '../../model/check-arguments.js'
import { ConsumerError } from '../../model/consumer-error.js'
import { aFunction, checkOptions, needed, type OptionRule } from '../../operators/handling/operator-options.js'
import { orderedBatchRules, type SinkOptions, retryWithoutEnd } from '../batches/sink-options.js'
import { sinkAs } from '../sink.js'
import { anOffsetStore, type OffsetStore } from './offset-store.js'
import { type BatchWriter, type RunTransaction, withOffsets, type WriteWithin } from './write-batch.js'

/** A store with transactions; `postgresStore` and `sqliteStore` make one. */
export interface TransactionalStore<Tx> {
  /**
   * Runs all of `work` in one transaction: commits when it has resolved, and rolls back when it rejects. Rejects if it
   * is unknown whether the commit took place.
   */
  readonly transaction: RunTransaction<Tx>
  /** Whether a failure will come again with the same records. @default 'retriable' for all */
  readonly classify?: (cause: unknown) => 'retriable' | 'permanent'
}

/**
 * Remembers the ids of records in the transaction of their effect, so that a duplicate has no second one, wherever it
 * comes from; `postgresInbox` and `sqliteInbox` make one.
 */
export interface Inbox<C, Tx> {
  readonly id: (record: C) => string
  /**
   * Runs before the first transaction, to create a table; again if it failed. Once the signal aborts, nobody waits for
   * it. @default nothing
   */
  readonly prepare?: (signal?: AbortSignal) => PromiseLike<unknown>
  /** Within the transaction: stores those of the ids that are not there yet, and returns these. */
  readonly remember: (tx: Tx, ids: readonly string[]) => PromiseLike<ReadonlySet<string>>
}

/** How `writeOnce` writes; batches, retry and dead letters are those of `sink`. */
export interface WriteOnceOptions<C, Tx> extends Omit<SinkOptions<C>, 'write' | 'concurrency'> {
  readonly store: TransactionalStore<Tx>
  /** Statements of your own for these records, in order, within the transaction. */
  readonly write: (tx: Tx, records: readonly C[]) => unknown
  /** Stores the next offset of each partition in the same transaction. @default none */
  readonly offsets?: OffsetStore<Tx>
  /** Leaves out records whose id is known already. @default none */
  readonly inbox?: Inbox<C, Tx>
}

const aStore: OptionRule = /*#__PURE__*/ withMethods(
  'postgresStore(…), sqliteStore(…), or an object with a function transaction',
  'transaction'
)
const anInbox: OptionRule = /*#__PURE__*/ withMethods(
  'postgresInbox(…), sqliteInbox(…), or an object with the functions id and remember',
  'id',
  'remember'
)

/**
 * Writes records with statements of your own, a batch in one transaction, and passes each on once that is committed.
 *
 * - With `offsets` each record takes effect exactly once, whatever fails: effect and offset are committed together, and
 *   reading begins at the stored offset. A member that has lost its partition unnoticed is rolled back, and errors with
 *   a `FencedFault`. If a commit gets no answer, the offset shows whether it took place. Records must come in order: if one
 *   has overtaken another, the pipeline errors with a `UsageFault` before anything is stored.
 * - With `inbox` a record whose id is known has no effect again, also if it was written to the topic twice. Without
 *   either it is at least once.
 * - Failures are retried, without end unless `retry` sets one; what the store's `classify` calls permanent is halved
 *   until the bad record is alone.
 * - Order, pressure, completion and errors: as `sink`, one batch at a time.
 *
 * @throws ConsumerError with a `ConfigFault` that names every option it cannot work with
 *
 * @example
 * partition.pipe(
 *   deserialize({ value: json(Payment) }),
 *   writeOnce({
 *     store: postgresStore(pool),
 *     offsets, // postgresOffsets(pool, { group: 'billing' }), whose startFrom the consumer has
 *     write: async (client, payments) => {
 *       for (const { value } of payments)
 *         await client.query('update accounts set balance = balance - $1 where id = $2', [value.amount, value.account])
 *     }
 *   }),
 *   ack()
 * )
 */
export function writeOnce<C extends CarriedOr<Dropped>, Tx>(
  options: WriteOnceOptions<C, Tx>
): <D extends Carried<unknown>>(source: Observable<C> & Observable<D>) => Observable<D> {
  checkOptions('writeOnce', options, {
    ...orderedBatchRules,
    store: needed(aStore),
    write: needed(aFunction),
    offsets: anOffsetStore,
    inbox: anInbox
  })
  const { store, write, offsets, inbox, ...sinkOptions } = options
  const retry = options.retry ?? retryWithoutEnd
  const own: WriteWithin<C, Tx> = async (tx, records) => {
    allDone(await write(tx, records))
  }
  const writeAll = inbox === undefined ? own : throughInbox(inbox, own)
  const writeBatch: BatchWriter<C> =
    offsets === undefined
      ? (records, context) => store.transaction((tx) => writeAll(tx, records), context?.signal)
      : withOffsets(offsets, store.transaction, writeAll)
  return sinkAs('writeOnce', {
    ...sinkOptions,
    retry: { ...retry, classify: retry.classify ?? store.classify ?? (() => 'retriable') },
    write: inbox?.prepare === undefined ? writeBatch : prepared(inbox.prepare, writeBatch)
  })
}

const prepared = <C>(prepare: NonNullable<Inbox<C, never>['prepare']>, write: BatchWriter<C>): BatchWriter<C> => {
  let isPrepared = false
  return async (records, context) => {
    if (!isPrepared) await prepare(context?.signal)
    isPrepared = true
    await write(records, context)
  }
}

/** Of several records with one ID the first is new. */
const throughInbox =
  <C, Tx>({ id, remember }: Inbox<C, Tx>, write: WriteWithin<C, Tx>): WriteWithin<C, Tx> =>
  async (tx, records) => {
    const ids = records.map((record) => textOf(id(record)))
    const left = new Set(await remember(tx, [...new Set(ids)]))
    const due = records.filter((_record, index) => left.delete(ids[index] ?? ''))
    if (due.length > 0) await write(tx, due)
  }

const textOf = (id: unknown): string => {
  if (typeof id === 'string' && id !== '') return id
  throw new ConsumerError({ _tag: 'UsageFault', reason: 'the id that the inbox returned for a record is not a text' })
}

import { notAPartition } from '../internal/partition-streams.js'
import { isLeft } from 'fp-ts/lib/Either.js'
import { Observable, type ObservableInput, type OperatorFunction } from 'rxjs'
import { decodeTransactionalConfig, type TransactionalProperties } from '../config/transactional-config.js'
import { aFunction, problemsWith, refuseWrong } from '../model/check-arguments.js'
import type { Carried } from '../model/carried.js'
import { ConsumerError } from '../model/consumer-error.js'
import type { PartitionStream } from '../model/partition-stream.js'
import { checkOptions, count, millisecondsOrNone } from '../operators/handling/operator-options.js'
import type { Cluster } from '../ports/cluster.js'
import { checkCluster } from './check-cluster.js'
import { transactionWriter, type TransactionWriter } from './transactions/transaction-records.js'
import { type TransactionCommitted, TransactionRun } from './transactions/transaction-run.js'

/** When `transactional` commits: at the first limit it reaches. */
export interface TransactionalOptions {
  /** Records in a transaction, of all partitions together. @default 500 */
  readonly records?: number
  /** ms from its first record. @default 100 */
  readonly withinMs?: number
}

/**
 * Reads, processes and writes in transactions: what a pipeline writes with `tx.produceTo`, and the offsets of the
 * records it was made from, are committed together or not at all. Readers with `isolation.level: 'read_committed'` see
 * each result once, whatever fails meanwhile. [Where that ends](../../docs/exactly-once.md): any other effect of a handler
 * may happen twice.
 *
 * - One transaction at a time, with records of all partitions that this member has. It is committed once it has
 *   `records` or `withinMs` is over, and all its records have left their pipelines (or were filtered out, skipped,
 *   written to `tx.deadLetter`); at once when a partition is drained or has run out of credit.
 * - Emits each committed transaction. The pipelines need no `commit()`.
 * - Order: within a partition that of the pipeline, also in the topics that it writes to.
 * - Pressure: a record keeps its credit until its transaction is committed: with a `maxInFlight` of twice `records` the
 *   next ones can come in meanwhile.
 * - A transaction that fails for a temporary cause is aborted, with an event `waiting`; its pipelines get new
 *   subscriptions and the same records again. It is also aborted when a partition that has records in it is lost; the
 *   other partitions continue.
 * - Errors when the consumer or a pipeline does, with a `ConsumerError` for a record that cannot be written, and with
 *   one of a `FencedFault` if a newer producer has the same `transactional.id`: then the transaction is aborted, and
 *   the group continues from the last commit.
 * - A member that lost its membership unnoticed (a process that was suspended) commits nothing: its generation is sent
 *   with the offsets (KIP-447), and the group refuses an old one.
 * - Completes with the consumer, when everything is committed. Unsubscribing aborts the open transaction.
 *
 * A transaction, including its handlers, has to end within `transaction.timeout.ms`. The consumer needs a `group.id`,
 * and `'enable.auto.commit': false`: its commits would overwrite those of transactions.
 *
 * @throws ConsumerError with a `ConfigFault` that lists every problem of the properties and options
 *
 * @example
 * const orders = consumer(cluster, { 'group.id': 'invoicing', 'enable.auto.commit': false, subscription: subscribe('orders') })
 * orders
 *   .pipe(
 *     transactional(cluster, { 'transactional.id': 'invoicing-1' }, (partition, tx) =>
 *       partition.pipe(deserialize({ value: json(Order) }), tx.produceTo({ topic: 'invoices', record: invoiceOf }))
 *     )
 *   )
 *   .subscribe()
 */
export function transactional(
  cluster: Cluster,
  properties: TransactionalProperties,
  project: (partition: PartitionStream, tx: TransactionWriter) => ObservableInput<Carried<unknown>>,
  options: TransactionalOptions = {}
): OperatorFunction<PartitionStream, TransactionCommitted> {
  checkCluster('transactional', cluster)
  const settings = decodeTransactionalConfig(properties)
  if (isLeft(settings)) throw new ConsumerError(settings.left)
  refuseWrong(problemsWith('transactional: project', project, aFunction))
  checkOptions('transactional', options, { records: count, withinMs: millisecondsOrNone })
  const { producer, transactions } = settings.right
  const { records = 500, withinMs = 100 } = options
  return (source) =>
    new Observable((destination) => {
      const session = cluster.openTransactions(producer, transactions)
      const run = new TransactionRun(cluster, session, { records, withinMs }, destination)
      const tx = transactionWriter((written, carried) => {
        run.send(written, carried)
      })
      destination.add(() => {
        run.stop()
      })
      destination.add(
        source.subscribe({
          next: (partition) => {
            const unfit = notAPartition('transactional', partition)
            if (unfit === null) run.join(partition, (stream) => project(stream, tx))
            else destination.error(unfit)
          },
          error: (error: unknown) => {
            destination.error(error)
          },
          complete: () => {
            run.completed()
          }
        })
      )
    })
}

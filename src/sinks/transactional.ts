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

/** When `transactional` commits: at the first limit that is reached. */
export interface TransactionalOptions {
  /** Records in a transaction, of all partitions together. @default 500 */
  readonly records?: number
  /** ms from the first record of it. @default 100 */
  readonly withinMs?: number
}

/**
 * Reads, processes and writes in transactions: what a pipeline writes with `tx.produceTo` and the offsets of what it was made
 * from are committed together or not at all. Readers with `isolation.level: 'read_committed'` see each result once, whatever
 * dies meanwhile. [Where that ends](docs/exactly-once.md): whatever else a handler does may be done twice.
 *
 * - One transaction at a time, with records of all partitions that this member has. It is committed once `records` are in it or
 *   `withinMs` is over, and all of them have come out of their pipelines (or were filtered out, skipped, written to
 *   `tx.deadLetter`); at once when a partition is drained or stands for want of credit.
 * - Emits each transaction that was committed. What comes out of a pipeline needs no `commit()`.
 * - Order: within a partition as the pipeline has it, in the topics that it writes to as well.
 * - Pressure: a record keeps its credit until its transaction is committed: `maxInFlight` of twice `records` lets the next come
 *   in meanwhile.
 * - A transaction that fails for what may pass is aborted, with an event `waiting`; its pipelines are subscribed to anew and get
 *   the same records again. It is aborted, too, when a partition is lost that has records in it; the others go on.
 * - Errors when the consumer or a pipeline does, with a `ConsumerError` of what cannot be written, and of a `FencedFault` when a
 *   newer producer has the same `transactional.id`: then the transaction is aborted, and the group goes on from the last commit.
 * - A member that was lost without knowing it (a process that stood still) commits nothing: its generation goes with the offsets
 *   (KIP-447), and the group refuses an old one.
 * - Completes with the consumer, when everything is committed. Unsubscribing aborts the transaction that is open.
 *
 * A transaction has to be over within `transaction.timeout.ms`, handlers included. The consumer needs a `group.id`, and
 * `'enable.auto.commit': false`: its commits would overwrite those of transactions.
 *
 * @throws ConsumerError with a `ConfigFault` that lists everything that is wrong with the properties and options
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
      const tx = transactionWriter((written) => {
        run.send(written)
      })
      destination.add(() => {
        run.stop()
      })
      destination.add(
        source.subscribe({
          next: (partition) => {
            run.join(partition, (stream) => project(stream, tx))
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

import { type Either, isLeft } from 'fp-ts/lib/Either.js'
import { firstValueFrom } from 'rxjs'
import { decodeTransactionalConfig, type TransactionalProperties } from '../config/transactional-config.js'
import type { Clock } from '../model/clock.js'
import type { Committed } from '../model/committed.js'
import { ConsumerError } from '../model/consumer-error.js'
import type { Fault } from '../model/fault.js'
import type { Cluster } from '../ports/cluster.js'
import type { Step } from '../ports/step.js'
import type { TransactionSession } from '../ports/transaction-session.js'
import { checkCluster } from './check-cluster.js'
import { type CloseOptions, Closing } from './closing.js'
import type { RecordToSend } from './producer.js'
import { takeRecords } from './send-records.js'

/** The operations within a transaction. */
export interface Transaction {
  /**
   * Writes a record within the transaction, at once; resolves with its place once the broker has it. You need not wait
   * for that: the commit does, and a record that could not be written fails the commit.
   */
  send(record: RecordToSend): Promise<Committed>
}

/** Writes records in transactions, one after the other. */
export interface TransactionalProducer {
  /**
   * Runs `work` within a transaction, and resolves with its result once the transaction is committed: readers with
   * `read_committed` see all of it or nothing. Calls wait for each other.
   *
   * - Rejects with what `work` threw, or with a `ConsumerError`, after the transaction was aborted. A `FencedFault` is
   *   final: a newer producer has the same `transactional.id`.
   *
   * @example
   * await invoices.transaction((tx) => {
   *   void tx.send({ topic: 'invoices', key: id, value: invoice })
   *   void tx.send({ topic: 'ledger', key: id, value: entry })
   * })
   */
  transaction<A>(work: (tx: Transaction) => A | PromiseLike<A>): Promise<A>
  /**
   * Waits for the requested transactions, and releases the connections.
   *
   * - `timeoutMs`: transactions that have not ended by then reject with a `ClosedFault`. One whose commit was under way
   *   may be committed; any other that is open is aborted, by the cluster after `transaction.timeout.ms` if it cannot
   *   be reached.
   * - Idempotent. Rejects only for wrong options.
   */
  close(options?: CloseOptions): Promise<void>
  /** The same as `close()`. */
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * A producer whose transactions are independent of any consumer; to write what you make of consumed records, use
 * `transactional`. It connects with the first transaction.
 *
 * @throws ConsumerError with a `ConfigFault` that lists every problem of the properties
 *
 * @example
 * const invoices = transactionalProducer(cluster, { 'transactional.id': 'invoicing-1' })
 * await invoices.transaction((tx) => tx.send({ topic: 'invoices', value: '…' }))
 * await invoices.close()
 */
export const transactionalProducer = (cluster: Cluster, properties: TransactionalProperties): TransactionalProducer => {
  checkCluster('transactionalProducer', cluster)
  const settings = decodeTransactionalConfig(properties)
  if (isLeft(settings)) throw new ConsumerError(settings.left)
  return new OneAfterTheOther(
    cluster.clock,
    cluster.openTransactions(settings.right.producer, settings.right.transactions)
  )
}

class OneAfterTheOther implements TransactionalProducer {
  private readonly session: TransactionSession
  /** settles when the last requested transaction has ended */
  private last: Promise<unknown> = Promise.resolve()
  private readonly closing: Closing
  /** Each rejects a transaction that has not ended. */
  private readonly waiting = new Set<() => void>()
  private hasGivenUp = false

  constructor(clock: Clock, session: TransactionSession) {
    this.session = session
    this.closing = new Closing(clock, {
      finished: () => this.last,
      giveUp: () => {
        this.hasGivenUp = true
        for (const fail of this.waiting) fail()
        // The answer is not awaited. Without the abort, the open transaction would delay readers.
        session.abort().subscribe()
      },
      release: () => {
        // The abort gets a turn to be sent.
        if (this.hasGivenUp)
          clock.turn(() => {
            session.close()
          })
        else session.close()
      }
    })
  }

  transaction<A>(work: (tx: Transaction) => A | PromiseLike<A>): Promise<A> {
    if (typeof work !== 'function') return Promise.reject(new ConsumerError(noWork))
    if (this.closing.hasBegun) return Promise.reject(new ConsumerError(closed))
    const mine = new Promise<A>((resolve, reject) => {
      const fail = (): void => {
        reject(new ConsumerError(closed))
      }
      this.waiting.add(fail)
      void this.last
        .then(() => this.run(work))
        .then(resolve, reject)
        .finally(() => this.waiting.delete(fail))
    })
    this.last = mine.catch(() => undefined)
    return mine
  }

  close(options?: CloseOptions): Promise<void> {
    return this.closing.begin(options)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  private async run<A>(work: (tx: Transaction) => A | PromiseLike<A>): Promise<A> {
    this.goOn()
    await done(this.session.begin())
    let isOver = false
    try {
      this.goOn()
      const result = await work({
        send: (record) => (isOver ? Promise.reject(new ConsumerError(over)) : this.send(record))
      })
      isOver = true
      this.goOn()
      await done(this.session.commit())
      return result
    } catch (error) {
      isOver = true
      // A producer that cannot abort is fenced or not authorized, which says more than the refused record.
      const aborted = await firstValueFrom(this.session.abort())
      throw isLeft(aborted) && error instanceof ConsumerError ? new ConsumerError(aborted.left) : error
    }
  }

  /** Throws if the producer was closed during a transaction. */
  private goOn(): void {
    if (this.hasGivenUp) throw new ConsumerError(closed)
  }

  private send(record: RecordToSend): Promise<Committed> {
    const written = new Promise<Committed>((resolve, reject) => {
      const taken = takeRecords([record])
      // Nothing is written for an invalid record, so the transaction is intact unless `work` fails with it.
      if ('_tag' in taken) {
        reject(new ConsumerError(taken))
        return
      }
      for (const one of taken)
        this.session.send(
          one,
          {
            written: (_index, topic, partition, offset) => {
              resolve({ topic, partition, offset })
            },
            failed: (_index, fault) => {
              reject(new ConsumerError(fault))
            }
          },
          0
        )
    })
    // If the caller does not await it, the commit fails with it.
    written.catch(() => undefined)
    return written
  }
}

const done = async (step: Step<void>): Promise<void> => {
  const answer: Either<Fault, void> = await firstValueFrom(step)
  if (isLeft(answer)) throw new ConsumerError(answer.left)
}

const noWork: Fault = { _tag: 'UsageFault', reason: 'transaction was given no function' }
const over: Fault = { _tag: 'UsageFault', reason: 'the transaction has ended' }
const closed: Fault = { _tag: 'ClosedFault', what: 'the producer' }

import type { ProducerIdentity } from '../../core/producing/producer-batch.js'
import type { Fault } from '../../model/fault.js'
import type { TransactionsOf } from '../../ports/kafka-calls.js'
import type { ProducerSession } from '../../ports/producer-session.js'

/** What stands between a transaction's producer and the partitions that do not belong to the transaction yet. */
export interface TransactionGate {
  readonly transaction: TransactionsOf
  /** False as long as nothing may be written to the partition; `go` is called when that has changed. */
  admits(topic: string, partition: number): boolean
}

/** A producer that writes in transactions, as who it is told to be. */
export interface TransactionalProducer extends ProducerSession {
  identify(identity: ProducerIdentity): void
  go(): void
  /** Gives up everything that is not told of. */
  abandon(fault: Fault): void
}

import type { ProducerIdentity } from '../../core/producing/producer-batch.js'
import type { Fault } from '../../model/fault.js'
import type { TransactionsOf } from '../../ports/kafka-calls.js'
import type { ProducerSession } from '../../ports/producer-session.js'
import type { Step } from '../../ports/step.js'

/** Blocks a transaction's producer from partitions that do not belong to the transaction yet. */
export interface TransactionGate {
  readonly transaction: TransactionsOf
  /** False as long as the partition may not be written to; `go` is called when it may. */
  admits(topic: string, partition: number): boolean
}

/** A producer that writes in transactions, under the identity that it is given. */
export interface TransactionalProducerSession extends ProducerSession {
  identify(identity: ProducerIdentity): void
  go(): void
  /** Abandons all records without a reported result. */
  abandon(fault: Fault): void
  /** Answers when no request is in flight: the broker has taken or refused what was sent, or the connection is closed. */
  whenIdle(): Step<void>
}

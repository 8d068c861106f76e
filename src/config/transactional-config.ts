import { type Either, isLeft, left, right } from 'fp-ts/lib/Either.js'
import type { ConfigFault } from '../model/fault.js'
import { decodeProducerConfig, type ProducerProperties, type ProducerSettings } from './producer-config.js'
import { decodeProperties, milliseconds, name, property, required } from './property.js'

/** The properties of a producer that writes in transactions, by Kafka's names. `acks` and idempotence are given. */
export interface TransactionalProperties extends Omit<ProducerProperties, 'acks' | 'enable.idempotence'> {
  /**
   * Who writes. The same one after a restart: what it has left open is then aborted. Another one for each producer that runs at
   * the same time: the newer fences the older.
   */
  readonly 'transactional.id': string
  /**
   * After so long the broker aborts a transaction that was not ended, and its producer is fenced. So long may readers of
   * `read_committed` wait behind one whose producer has died. @default 60000
   */
  readonly 'transaction.timeout.ms'?: number
}

/** What a transaction's producer goes by, besides the settings of every producer. */
export interface TransactionSettings {
  readonly transactionalId: string
  readonly transactionTimeoutMs: number
}

const properties = {
  'transactional.id': required(name),
  'transaction.timeout.ms': property(milliseconds(1), 60_000)
}

/** Decodes both parts; every problem at once. */
export const decodeTransactionalConfig = (
  input: unknown
): Either<ConfigFault, { readonly producer: ProducerSettings; readonly transactions: TransactionSettings }> => {
  const isObject = typeof input === 'object' && input !== null && !Array.isArray(input)
  const given = isObject ? (input as Readonly<Record<string, unknown>>) : {}
  const { 'transactional.id': id, 'transaction.timeout.ms': timeout, ...others } = given
  const own = decodeProperties(
    properties,
    isObject ? { 'transactional.id': id, 'transaction.timeout.ms': timeout } : input,
    () => []
  )
  const producer = decodeProducerConfig({ ...others, 'enable.idempotence': true })
  if (isLeft(own) || isLeft(producer)) {
    const problems = [...(isLeft(own) ? own.left.problems : []), ...(isLeft(producer) ? producer.left.problems : [])]
    return left({ _tag: 'ConfigFault', problems })
  }
  const transactions = {
    transactionalId: own.right['transactional.id'],
    transactionTimeoutMs: own.right['transaction.timeout.ms']
  }
  return right({ producer: producer.right, transactions })
}

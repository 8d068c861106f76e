import { type Either, isLeft, left, right } from 'fp-ts/lib/Either.js'
import type { ConfigFault, ConfigProblem } from '../model/fault.js'
import { decodeProducerConfig, type ProducerProperties, type ProducerSettings } from './producer-config.js'
import { decodeProperties, faultOfWhole, milliseconds, name, property, required } from './property.js'

/** The properties of a producer that writes in transactions, by Kafka's names. `acks` and idempotence are fixed. */
export interface TransactionalProperties extends Omit<ProducerProperties, 'acks' | 'enable.idempotence'> {
  /**
   * The identity of the producer. Use the same one after a restart: a transaction that it left open is then aborted.
   * Use another one for each producer that runs at the same time: the newer fences the older.
   */
  readonly 'transactional.id': string
  /**
   * After this long the broker aborts a transaction that has not ended, and fences its producer. Readers with
   * `read_committed` may wait this long for a producer that has died. @default 60000
   */
  readonly 'transaction.timeout.ms'?: number
}

/** The settings of a transactional producer, in addition to those of every producer. */
export interface TransactionSettings {
  readonly transactionalId: string
  readonly transactionTimeoutMs: number
}

const properties = {
  'transactional.id': required(name),
  'transaction.timeout.ms': property(milliseconds(1), 60_000)
}

/** As with Java's client, which throws: ignoring the value would mislead. */
const notIdempotent: ConfigProblem = {
  property: 'enable.idempotence',
  given: 'false',
  allowed: 'true, since transactional.id is given'
}

/** Decodes both parts and reports every problem at once. */
export const decodeTransactionalConfig = (
  input: unknown
): Either<ConfigFault, { readonly producer: ProducerSettings; readonly transactions: TransactionSettings }> => {
  const unfit = faultOfWhole(input)
  if (unfit !== null) return left(unfit)
  const given = input as Readonly<Record<string, unknown>>
  const { 'transactional.id': id, 'transaction.timeout.ms': timeout, ...others } = given
  const own = decodeProperties(properties, { 'transactional.id': id, 'transaction.timeout.ms': timeout }, () => [])
  const idempotence = others['enable.idempotence'] ?? true
  const producer = decodeProducerConfig({ ...others, 'enable.idempotence': idempotence })
  if (isLeft(own) || isLeft(producer) || idempotence === false) {
    const problems = [
      ...(isLeft(own) ? own.left.problems : []),
      ...(isLeft(producer) ? producer.left.problems : []),
      ...(idempotence === false ? [notIdempotent] : [])
    ]
    return left({ _tag: 'ConfigFault', problems })
  }
  const transactions = {
    transactionalId: own.right['transactional.id'],
    transactionTimeoutMs: own.right['transaction.timeout.ms']
  }
  return right({ producer: producer.right, transactions })
}

export { properties as transactionalProperties }

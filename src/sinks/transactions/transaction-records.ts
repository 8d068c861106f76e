import { right } from 'fp-ts/lib/Either.js'
import { Observable, of, type OperatorFunction } from 'rxjs'
import type { TakenRecord } from '../../core/producing/outgoing-record.js'
import { type Carried, isStale, pass } from '../../model/carried.js'
import { ConsumerError } from '../../model/consumer-error.js'
import type { DeadLetterPolicy } from '../../model/failure-policy.js'
import { operatorId } from '../../model/operator-name.js'
import type { ProducerRecord, Wire } from '../../model/producer-record.js'
import { handlingFaultOf } from '../../operators/handling/failures.js'
import { aFunction, checkOptions, name, needed, text } from '../../operators/handling/operator-options.js'
import { letterHeaders } from '../letter-headers.js'
import { outgoingRecordsOf, type ToRecord } from '../produce-to.js'
import { takeRecords } from '../send-records.js'

/**
 * What `produceTo` of a transaction writes. `record` may be left out only if the value is a record for the wire
 * already.
 */
export type TransactionalRecords<C> = {
  /** the topic of a record that names none */
  readonly topic: string
} & (C extends Carried<infer V>
  ? [V] extends [Wire]
    ? { readonly record?: ToRecord<C> }
    : { readonly record: ToRecord<C> }
  : never)

/** How a pipeline writes within the transaction that its records are in. */
export interface TransactionWriter {
  /**
   * Writes to Kafka within the transaction and passes each record on at once: only the commit counts, and it waits for
   * everything written. A pipeline may have several.
   *
   * - A record that cannot be written aborts the transaction.
   *
   * @example
   * partition.pipe(tx.produceTo({ topic: 'invoices', record: (c) => ({ key: c.key, value: invoice(c.value) }) }))
   */
  produceTo<C extends Carried<unknown>, D extends Carried<unknown> = C>(
    options: TransactionalRecords<C>
  ): (source: Observable<C> & Observable<D>) => Observable<D>
  /**
   * As `deadLetter`, within the transaction: a letter is written exactly once, and only if the transaction is
   * committed.
   */
  deadLetter(options: { readonly topic: string }): DeadLetterPolicy
}

const operator = /*#__PURE__*/ operatorId('transactional')

export const transactionWriter = (
  send: (records: readonly TakenRecord[], carried: Carried<unknown>) => void
): TransactionWriter => ({
  produceTo: <C extends Carried<unknown>, D extends Carried<unknown> = C>(
    options: TransactionalRecords<C>
  ): ((source: Observable<C> & Observable<D>) => Observable<D>) => {
    checkOptions('produceTo', options, { topic: needed(text), record: aFunction })
    const { topic, record } = options
    const writing: OperatorFunction<C, C> = (source) =>
      new Observable((destination) =>
        source.subscribe({
          next: (carried) => {
            try {
              if (isStale(carried)) return
              send(taken(outgoingRecordsOf(carried, record), topic), carried)
            } catch (cause) {
              destination.error(new ConsumerError(handlingFaultOf(carried, 'transactional', 1, cause)))
              return
            }
            pass(carried, operator)
            destination.next(carried)
          },
          error: (error: unknown) => {
            destination.error(error)
          },
          complete: () => {
            destination.complete()
          }
        })
      )
    // Each value that comes is a D; only its C part is used.
    return writing as unknown as OperatorFunction<D, D>
  },
  deadLetter: (options) => {
    checkOptions('deadLetter', options, { topic: needed(name) })
    return {
      _tag: 'DeadLetter',
      take: (failed) => {
        const { key, value } = failed.record
        send(taken([{ key, value, headers: letterHeaders(failed, 'whole') }], options.topic), failed.record)
        return of(right(undefined))
      },
      hold: () => () => undefined
    }
  }
})

const taken = (records: ProducerRecord | readonly ProducerRecord[], topic: string): readonly TakenRecord[] => {
  const outgoing = takeRecords(Array.isArray(records) ? records : [records], topic)
  if ('_tag' in outgoing) throw new ConsumerError(outgoing)
  return outgoing
}

import type { Carried } from './carried.js'

declare const acknowledged: unique symbol

/**
 * What `ack()` and `atMostOnce()` pass on is marked so, for the compiler only: such a pipeline needs no `commit()`. What operators
 * make of it keeps the mark.
 *
 * @example
 * const notified = (orders: Observable<ConsumerRecord & Acknowledged>) => orders.pipe(writeTo(notify))
 */
export interface Acknowledged {
  readonly [acknowledged]: true
}

/** The mark of a type that has it. */
export type MarkOf<C> = C extends Acknowledged ? Acknowledged : unknown

/** What the compiler says where a pipeline ends with records that nobody acknowledges. */
export type NothingIsAcknowledged =
  'nothing is acknowledged: end the pipeline with commit() or ack(), or begin it with atMostOnce()'

/**
 * Asked of the end of a pipeline by `eachPartition` and `run`: records that come out of it have to be acknowledged, or it stops for
 * want of credit. Anything else may come out, and what has no type is not asked.
 */
export type Acknowledging<R> = unknown extends R
  ? unknown
  : [Exclude<Extract<R, Carried<unknown>>, Acknowledged>] extends [never]
    ? unknown
    : NothingIsAcknowledged

import type { Carried } from './carried.js'
import type { Shared } from './shared.js'

declare const acknowledged: unique symbol

/**
 * Marks what `ack()` and `atMostOnce()` pass on, for the compiler only: such a pipeline needs no `commit()`. The
 * results of later operators keep the mark.
 *
 * @example
 * const notified = (orders: Observable<ConsumerRecord & Acknowledged>) => orders.pipe(writeTo(notify))
 */
export interface Acknowledged {
  readonly [acknowledged]: true
}

/** The marks of a type, of those that operators keep. */
export type MarkOf<C> = (C extends Acknowledged ? Acknowledged : unknown) & (C extends Shared ? Shared : unknown)

/** The compiler's message if a pipeline ends with records that nothing acknowledges. */
export type NothingIsAcknowledged =
  'nothing is acknowledged: end the pipeline with commit() or ack(), or begin it with atMostOnce()'

/**
 * A requirement of `eachPartition` and `run` for the end of a pipeline: records that it emits have to be acknowledged,
 * otherwise it stops for lack of credit. It may emit anything else, and an untyped end is not checked.
 */
export type Acknowledging<R> = unknown extends R
  ? unknown
  : [Extract<R, { readonly pipe: unknown; readonly subscribe: unknown }>] extends [never]
    ? [Exclude<Extract<R, Carried<unknown>>, Acknowledged>] extends [never]
      ? unknown
      : NothingIsAcknowledged
    : NothingSubscribes

/** The compiler's message if a pipeline emits Observables: the partitions of a consumer, or what an `async` function returned. */
export type NothingSubscribes =
  'nothing subscribes to the Observables that this emits: use eachPartition, and return the pipeline itself, not a promise of it'

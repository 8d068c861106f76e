import type { Observable, OperatorFunction } from 'rxjs'
import type { Carried, CarriedOr, Dropped } from '../model/carried.js'
import type { OperatorName } from '../model/operator-name.js'
import { checkOptions } from '../operators/handling/operator-options.js'
import { throughRun } from '../operators/handling/through-run.js'
import { type SinkOptions, sinkRules } from './batches/sink-options.js'
import { SinkRun } from './batches/sink-run.js'

/**
 * Writes records to a store, one batch per call, and passes each record on once it is there. It has everything that a
 * sink needs; your own sink is a `write`. `sinkContract` of `ackstream/testing` checks any sink against this
 * description.
 *
 * - Batches: up to `records` or `bytes`, or the records that came within `withinMs`. A batch is written at once when
 *   the partition is drained, when it has run out of credit, and when the source completes.
 * - A failed batch is written again as `retry` says. A batch that can never be written, or has failed in all attempts,
 *   is halved, and each half is written separately, until the bad record is alone: only that record goes to
 *   `onFailure`, the others are written once. Under `'fail'` the records before it are written and passed on; a failure
 *   that may be temporary ends the pipeline without halving.
 * - Order: with `concurrency` 1 as received, in the store and downstream.
 * - Pressure: a record keeps its credit until it is written, given to `onFailure`, or lost.
 * - A call that has had no answer for ten seconds is reported by the event `waiting`, every ten seconds, and by
 *   `recovered` when it is over. Without `timeoutMs` it is waited for until the partition is given up.
 * - Completes when the source has completed and everything is written.
 * - Errors with the source, and under `'fail'` with a `ConsumerError` that names the record.
 * - Unsubscribing aborts the signals of the calls in flight; their records may still be written.
 * - Acknowledges only the records that `onFailure` settles: for the others use `commit()` or `ack()`.
 *
 * @throws ConsumerError with a `ConfigFault` that names every option it cannot work with
 *
 * @example
 * const toIndex = sink<ConsumerRecord<string, Order>>({
 *   write: (records) => index.bulk(records.map(({ value }) => value)),
 *   retry: { attempts: 5, backoff: exponential({ initialMs: 100, maxMs: 10_000 }) },
 *   onFailure: deadLetter(cluster, { topic: 'orders.dlq' })
 * })
 * partition.pipe(deserialize({ value: json(Order) }), toIndex, commit())
 */
export function sink<C extends CarriedOr<Dropped>>(
  options: SinkOptions<C>
): <D extends Carried<unknown>>(source: Observable<C> & Observable<D>) => Observable<D> {
  checkOptions('sink', options, sinkRules)
  return sinkAs('sink', options)
}

/** `sink` under the name of another sink that builds on it. */
export const sinkAs = <C extends Carried<unknown>, D extends Carried<unknown> = C>(
  name: OperatorName,
  options: SinkOptions<C>
): ((source: Observable<C> & Observable<D>) => Observable<D>) => {
  const writing: OperatorFunction<C, C> = throughRun((destination) => new SinkRun(options, destination, name))
  // Each value that comes is a D; only its C part is used.
  return writing as unknown as OperatorFunction<D, D>
}

import type { OperatorFunction } from 'rxjs'
import type { Carried, CarriedOr, Dropped } from '../model/carried.js'
import type { OperatorName } from '../model/operator-name.js'
import { checkOptions } from '../operators/handling/operator-options.js'
import { throughRun } from '../operators/handling/through-run.js'
import { type SinkOptions, sinkRules } from './batches/sink-options.js'
import { SinkRun } from './batches/sink-run.js'

/**
 * Writes records to a store, a batch a call, and passes each on once it is there. What every sink needs is in it; a sink of
 * your own is a `write`. `sinkContract` of `ackstream/testing` holds any sink against what is said here.
 *
 * - Batches: up to `records` or `bytes`, or what came within `withinMs`; at once when the partition is drained, when it stands
 *   for want of credit, and when the source completes.
 * - A batch that fails is written again as `retry` says. Of one that never can be written, or cannot after all attempts, each
 *   half is written for itself, until the bad record is alone: only that record goes where `onFailure` says, the others are
 *   written once. Under `'fail'` what stands before it is written and passed on; a failure that may have passed ends the
 *   pipeline without halving.
 * - Order: with `concurrency` 1 as they came, in the store and behind it.
 * - Pressure: a record keeps its credit until it is written, given up or lost.
 * - Completes when the source has completed and everything is written.
 * - Errors with the source, and under `'fail'` with a `ConsumerError` that names the record.
 * - Unsubscribing aborts the signals of what is under way; it may still be written.
 * - Acknowledges nothing but what it gives up: that is for `commit()` or `ack()`.
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
export function sink<C extends CarriedOr<Dropped>>(options: SinkOptions<C>): OperatorFunction<C, C> {
  checkOptions('sink', options, sinkRules)
  return sinkAs('sink', options)
}

/** The same under the name of a sink that is made of it. */
export const sinkAs = <C extends Carried<unknown>>(
  name: OperatorName,
  options: SinkOptions<C>
): OperatorFunction<C, C> => throughRun((destination) => new SinkRun(options, destination, name))

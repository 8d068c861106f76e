import { Observable, Subscription } from 'rxjs'
import { pipelineHooksOf } from '../internal/pipeline-hooks.js'
import { pipelineOf } from '../internal/pipeline-of.js'
import { isCalledByStream } from '../internal/is-called-by-stream.js'
import { type LoopSource, RecordLoop } from '../internal/record-loop.js'
import { collectSources } from '../internal/subscribed-sources.js'
import type { CarriedOr, Dropped } from '../model/carried.js'
import { problemsWith, refuseWrong } from '../model/check-arguments.js'
import type { ConsumerRecord } from '../model/consumer-record.js'
import type { PartitionStream } from '../model/partition-stream.js'
import { commit, type CommitOptions } from './commit.js'
import { eachPartition } from './each-partition.js'
import { aFunction, checkOptions, count, oneOf, storing } from './handling/operator-options.js'
import { writeTo } from './write-to.js'

/** How `records` delivers records, and when it acknowledges them. Each loop has a new subscription. */
export interface RecordsOptions<C> extends CommitOptions {
  /** The operators that the records of each partition go through first, e.g. `deserialize`. @default nothing */
  readonly pipeline?: (partition: PartitionStream) => Observable<C>
  /**
   * `'on next'`: a record is acknowledged when the loop requests the next one; a record that the loop exits with is
   * not. `'by hand'`: `record.ack()` acknowledges it, in any order. @default 'on next'
   */
  readonly ack?: 'on next' | 'by hand'
  /**
   * How many records of each partition may be delivered and not acknowledged. A `pipeline` with `batch` needs as many
   * as a batch has. @default 1; with `ack: 'by hand'` the `maxInFlight` of the consumer
   */
  readonly inFlight?: number
}

/** Records to loop over with `ack: 'by hand'`, also by a stream or another reader that reads ahead. */
export interface Records<C> extends AsyncIterable<C> {
  [Symbol.asyncIterator](): RecordsIterator<C>
}

/** One loop. */
export interface RecordsIterator<C> extends AsyncIterator<C, undefined> {
  return(): Promise<IteratorResult<C, undefined>>
}

/**
 * Records for `for await`, each acknowledged when the loop requests the next one. It is no `AsyncIterable`: a stream
 * (`Readable.from`, `ReadableStream.from`, rxjs's `from`) requests a record while the one before is still in its
 * buffer, and would acknowledge what nobody has processed.
 */
export interface RecordsForAwait<C> {
  [Symbol.asyncIterator](): {
    next(): OnlyForAwaitElseAckByHand<C>
    return(): OnlyForAwaitElseAckByHand<C>
  }
}

/** The compiler's message if a stream gets records that are acknowledged when it reads the next one. */
export interface OnlyForAwaitElseAckByHand<C> extends PromiseLike<IteratorResult<C, undefined>> {
  then: PromiseLike<IteratorResult<C, undefined>>['then']
}

/**
 * The records of a consumer, or of one partition, for a `for await` loop: its body is the handler.
 *
 * - Order: within a partition as in the log; between partitions none.
 * - Pressure: except for `inFlight` records of each partition, only requested records are delivered. The body counts as
 *   a handler: heartbeats continue while it runs, and a body that takes longer than `max.poll.interval.ms` costs the
 *   membership.
 * - A record is acknowledged when the loop requests the next one, or by `record.ack()`; offsets are committed as by
 *   `commit({ every, withinMs })`.
 * - A revoked partition is released once the record that the loop has of it is acknowledged. A lost partition does not
 *   end the loop: acknowledging its records has no effect (`isStale(record)`).
 * - Exiting the loop (`break`, `return`, an error in its body) closes the consumer: what is acknowledged is committed,
 *   and the record that the loop exited with is redelivered.
 * - The loop ends after `drain()` and `close()`, and throws the error of the consumer. Within the body write
 *   `void orders.drain()`: the drain waits for the body.
 *
 * - A stream needs `ack: 'by hand'`, since it reads ahead: `Readable.from(records(orders, { ack: 'by hand' }))`.
 *
 * @throws ConsumerError with a `ConfigFault` that names every option it cannot work with, and where a stream of Node's
 *   begins to read without `ack: 'by hand'`
 *
 * @example
 * const decoded = (partition: PartitionStream) => partition.pipe(deserialize({ value: json(Order) }))
 * for await (const order of records(orders, { pipeline: decoded })) await charge(order.value)
 */
export function records<C extends CarriedOr<Dropped> = ConsumerRecord>(
  source: Observable<PartitionStream> | PartitionStream,
  options: RecordsOptions<C> & { readonly ack: 'by hand' }
): Records<C>
export function records<C extends CarriedOr<Dropped> = ConsumerRecord>(
  source: Observable<PartitionStream> | PartitionStream,
  options?: RecordsOptions<C>
): RecordsForAwait<C>
export function records<C extends CarriedOr<Dropped> = ConsumerRecord>(
  source: Observable<PartitionStream> | PartitionStream,
  options: RecordsOptions<C> = {}
): Records<C> {
  refuseWrong(problemsWith('records: source', source, aSource))
  checkOptions('records', options, {
    ...storing,
    pipeline: aFunction,
    ack: oneOf('on next', 'by hand'),
    inFlight: count
  })
  const { pipeline, ack = 'on next', inFlight = ack === 'on next' ? 1 : Infinity, ...policy } = options
  // Without a pipeline C is the default type.
  const made = pipeline ?? ((partition: PartitionStream) => partition as Observable<unknown> as Observable<C>)

  const begin = (loop: RecordLoop<C>): LoopSource => {
    const body = (partition: PartitionStream): Observable<unknown> =>
      new Observable((subscriber) => {
        const hooks = pipelineHooksOf(partition)
        hooks?.limitInFlight(inFlight)
        subscriber.add(() => hooks?.limitInFlight(Infinity))
        const offered = writeTo<C>((carried) => loop.offer(carried), { concurrency: inFlight, order: 'none' })
        subscriber.add(
          pipelineOf('records: pipeline', made(partition)).pipe(offered, commit(policy)).subscribe(subscriber)
        )
      })
    return isPartition(source) ? overPartition(source, body, loop) : overConsumer(source, body, loop)
  }
  return {
    [Symbol.asyncIterator]: () => {
      if (ack === 'on next' && isCalledByStream()) refuseWrong(readAhead)
      return new RecordLoop<C>(begin, ack)
    }
  }
}

const allowed = "'by hand' in a stream, which reads ahead: 'on next' would acknowledge what it has only buffered"
const readAhead = [{ property: 'records: ack', given: "'on next'", allowed }]

type Body = (partition: PartitionStream) => Observable<unknown>
type Loop = Pick<RecordLoop<never>, 'end'>

const overConsumer = (source: Observable<PartitionStream>, body: Body, loop: Loop): LoopSource => {
  const subscription = new Subscription()
  const consumers = collectSources(() => {
    subscription.add(untilEnd(source.pipe(eachPartition(body)), loop))
  })
  return { subscription, leave: () => Promise.all([...consumers].map((consumer) => consumer.close())) }
}

/** A lost partition ends here: the code that runs the loop is not part of the unsubscribed pipeline. */
const overPartition = (partition: PartitionStream, body: Body, loop: Loop): LoopSource => {
  const { signal } = partition
  const subscription = untilEnd(body(partition), loop)
  const aborted = (): void => {
    subscription.unsubscribe()
    loop.end('completed')
  }
  if (signal.aborted) aborted()
  else signal.addEventListener('abort', aborted, { once: true })
  subscription.add(() => {
    signal.removeEventListener('abort', aborted)
  })
  return { subscription, leave: () => Promise.resolve([]) }
}

const untilEnd = (values: Observable<unknown>, loop: Loop): Subscription =>
  values.subscribe({
    error: (error: unknown) => {
      loop.end({ error })
    },
    complete: () => {
      loop.end('completed')
    }
  })

const isPartition = (source: Observable<PartitionStream> | PartitionStream): source is PartitionStream =>
  'signal' in source && 'partition' in source

const aSource = {
  allowed: 'a consumer, or a partition of one',
  holds: (given: unknown): boolean =>
    typeof given === 'object' && given !== null && 'subscribe' in given && typeof given.subscribe === 'function'
}

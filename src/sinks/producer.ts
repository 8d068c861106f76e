import { type Either, isLeft, left, right } from 'fp-ts/lib/Either.js'
import { firstValueFrom, map, merge, type Observable, Subject } from 'rxjs'
import type { ProducerProperties } from '../config/producer-config.js'
import { TakenRecord, takeRecord } from '../core/producing/outgoing-record.js'
import { type Awaitable, awaitable, awaitableAs } from '../model/awaitable.js'
import type { Committed } from '../model/committed.js'
import { ConsumerError } from '../model/consumer-error.js'
import type { Fault } from '../model/fault.js'
import { jsonReport } from '../model/json-report.js'
import type { ProducerStatus } from '../model/producer-status.js'
import type { ProducerEvent } from '../model/producer-event.js'
import type { ProducerRecord } from '../model/producer-record.js'
import type { Cluster } from '../ports/cluster.js'
import type { ProducerSession } from '../ports/producer-session.js'
import { checkCluster } from './check-cluster.js'
import { type CloseOptions, Closing } from './closing.js'
import { sendRecords, takeRecords } from './send-records.js'
import { useProducer } from './shared-producer.js'

/** A record with its topic. */
export type RecordToSend = ProducerRecord & { readonly topic: string }

/** The result of one of many records. */
export interface SendResult {
  /** its index in the list */
  readonly index: number
  readonly record: RecordToSend
  /** where it was written, or why not */
  readonly outcome: Either<Fault, Committed>
}

/**
 * The result of `sendAll`: an Observable with the result of each record; awaited, the places where all were written.
 *
 * `mergeMap` and the like use it as an Observable, but their types accept it as either. `.pipe()` makes it an
 * Observable only.
 *
 * @example
 * chunks.pipe(concatMap((chunk) => orders.sendAll(chunk).pipe())).subscribe(({ outcome }) => report(outcome))
 */
export interface SentRecords extends Observable<SendResult>, PromiseLike<readonly Committed[]> {}

/** Writes records to Kafka, in batches, in order per partition. */
export interface Producer {
  /**
   * Writes one record when it is awaited or subscribed to, and returns its place; the offset is -1 with `acks` 0. Without
   * an await or a subscription it writes nothing. Awaiting and subscribing once write once; each further subscription
   * writes again. Unsubscribing abandons the record; it may still be written.
   *
   * - Errors with a `ConsumerError`: `ProduceFault` (the cause, whether it is permanent, whether the record may have
   *   been written), `AuthorizationFault`, `UsageFault` for an invalid record: it names the part, the given value and
   *   what is allowed.
   *
   * @example
   * const { partition, offset } = await orders.send({ topic: 'orders', key: 'a', value: '{}' })
   */
  send(record: RecordToSend): Awaitable<Committed>
  /**
   * Writes many records when it is awaited or subscribed to, and only then.
   *
   * - Awaited: resolves with the place of each record, in the given order, once the results of all are known. Rejects
   *   with the `ConsumerError` of the first that was not written; others may be.
   * - Subscribed to: emits the result of each record as soon as it is known; some may fail and others not. Errors only
   *   if its argument is not a list; completes when all results are known.
   *
   * @example
   * await orders.sendAll(records)
   * orders.sendAll(records).pipe(filter(({ outcome }) => isLeft(outcome))).subscribe(report)
   */
  sendAll(records: readonly RecordToSend[]): SentRecords
  /**
   * Reports unusual waits of records: for a topic or a partition that does not exist (yet), for memory. They wait
   * `max.block.ms` at most. Hot, without a buffer: earlier events are not repeated to a later subscriber. Producers
   * that share one underlying producer share its events. Completes when the last of them is closed.
   *
   * @example
   * orders.events.subscribe((event) => event._tag === 'waiting for topic' && console.warn(event.topic))
   */
  readonly events: Observable<ProducerEvent>
  /**
   * The current state: waiting records, records in flight, the oldest, and the results of the rest. Computed by each
   * call; producers that share one underlying producer share its status.
   *
   * @example
   * console.log(orders.status().oldestMs)
   */
  status(): ProducerStatus
  /** Resolves when the results of all records so far are known; nothing waits for a batch to fill. Never rejects. */
  flush(): Promise<void>
  /**
   * Takes no more records, flushes, and releases the connections once nothing else uses them. Without a time limit it
   * waits for the results of all records, which takes `max.block.ms` and `delivery.timeout.ms` at most.
   *
   * - `timeoutMs`: records of this producer without a result by then fail with a `ClosedFault`, and it closes. Those
   *   that were sent already may still be written.
   * - Idempotent. Rejects only for wrong options.
   *
   * @example
   * await orders.close({ timeoutMs: 5_000 })
   */
  close(options?: CloseOptions): Promise<void>
  /** The same as `close()`. */
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * A producer. Producers of one cluster with the same properties are one: batches, connections and the producer id are
 * shared, also with `produceTo`. It connects with the first record.
 *
 * While the memory (`buffer.memory`) is used up, further records wait, and so do those who wait for their results:
 * `mergeMap` with a concurrency limits how many.
 *
 * @throws ConsumerError with a `ConfigFault` that lists every problem of the properties
 *
 * @example
 * const orders = producer(cluster, { 'compression.type': 'gzip' })
 * await orders.sendAll([{ topic: 'orders', key: 'a', value: '1' }])
 * await orders.close()
 */
export const producer = (cluster: Cluster, properties: ProducerProperties = {}): Producer => {
  checkCluster('producer', cluster)
  return new SharedProducer(cluster, properties)
}

class SharedProducer implements Producer {
  readonly events: Observable<ProducerEvent>
  private readonly session: ProducerSession
  private readonly closing: Closing
  /** Each fails a call that has no result yet. */
  private readonly waiting = new Set<() => void>()
  private readonly unsent = new Subject<ProducerEvent>()
  /** calls whose result nobody has awaited or subscribed to yet */
  private notStarted = 0

  constructor(cluster: Cluster, properties: ProducerProperties) {
    const { session, release } = useProducer(cluster, properties)
    this.session = session
    this.events = merge(session.events, this.unsent)
    this.closing = new Closing(cluster.clock, {
      finished: () => this.flush(),
      giveUp: () => {
        for (const fail of this.waiting) fail()
      },
      release
    })
  }

  send(record: RecordToSend): Awaitable<Committed> {
    const started = this.called()
    return awaitable((subscriber) => {
      started()
      const fail = (): void => {
        subscriber.error(new ConsumerError(closed))
      }
      if (this.closing.hasBegun) {
        fail()
        return
      }
      const taken = takeRecords([record])
      if ('_tag' in taken) {
        subscriber.error(new ConsumerError(taken))
        return
      }
      this.waiting.add(fail)
      subscriber.add(() => this.waiting.delete(fail))
      return sendRecords(this.session, taken)
        .pipe(
          map((answer) => {
            if (isLeft(answer)) throw new ConsumerError(answer.left)
            return jsonReport(answer.right[0] as Committed)
          })
        )
        .subscribe(subscriber)
    })
  }

  sendAll(records: readonly RecordToSend[]): SentRecords {
    const started = this.called()
    return awaitableAs((subscriber) => {
      started()
      if (!Array.isArray(records)) {
        subscriber.error(new ConsumerError(notAList))
        return
      }
      // A copy, since the caller may change the list while records are in flight; each hole of a sparse list counts.
      const all = [...(records as readonly RecordToSend[])]
      const isKnown = all.map(() => false)
      let unknown = all.length
      const report = (index: number, outcome: Either<Fault, Committed>): void => {
        if (isKnown[index] === true) return
        isKnown[index] = true
        subscriber.next({ index, record: all[index] as RecordToSend, outcome })
        if (--unknown === 0) subscriber.complete()
      }
      const callbacks = {
        written: (index: number, topic: string, partition: number, offset: bigint): void => {
          report(index, right({ topic, partition, offset }))
        },
        failed: (index: number, fault: Fault): void => {
          report(index, left(fault))
        }
      }
      if (unknown === 0) subscriber.complete()
      const fail = (): void => {
        for (const index of all.keys()) callbacks.failed(index, closed)
      }
      this.waiting.add(fail)
      subscriber.add(() => this.waiting.delete(fail))
      all.forEach((record, index) => {
        if (this.closing.hasBegun) callbacks.failed(index, closed)
        else {
          const taken = takeRecord(record)
          if (taken instanceof TakenRecord) this.session.send(taken, callbacks, index)
          else callbacks.failed(index, taken)
        }
      })
    }, inOrder)
  }

  status(): ProducerStatus {
    return this.session.status()
  }

  async flush(): Promise<void> {
    await firstValueFrom(this.session.flush())
  }

  close(options?: CloseOptions): Promise<void> {
    const closed = this.closing.begin(options)
    this.reportNotSent()
    return closed
  }

  private reportNotSent(): void {
    if (!this.closing.hasBegun) return
    if (this.notStarted > 0) this.unsent.next({ _tag: 'not sent', calls: this.notStarted })
    this.unsent.complete()
  }

  /** A call of `send` or `sendAll`. Returns what is called when its result is awaited or subscribed to. */
  private called(): () => void {
    let hasStarted = this.closing.hasBegun
    if (!hasStarted) this.notStarted++
    return () => {
      if (!hasStarted) this.notStarted--
      hasStarted = true
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

const notAList: Fault = { _tag: 'UsageFault', reason: 'sendAll was given no list of records' }
const closed: Fault = { _tag: 'ClosedFault', what: 'the producer' }

const inOrder = (results: readonly SendResult[]): readonly Committed[] => {
  const places: Committed[] = []
  let failed: SendResult | null = null
  for (const result of results) {
    if (!isLeft(result.outcome)) places[result.index] = result.outcome.right
    else if (failed === null || result.index < failed.index) failed = result
  }
  if (failed !== null && isLeft(failed.outcome)) throw new ConsumerError(failed.outcome.left)
  return jsonReport(places)
}

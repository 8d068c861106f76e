import { isLeft } from 'fp-ts/lib/Either.js'
import { Observable, Subject } from 'rxjs'
import { decodeProducerConfig } from '../../config/producer-config.js'
import { decodeTransactionalConfig } from '../../config/transactional-config.js'
import { optional, problemsWithOptions, refuseWrong } from '../../model/check-arguments.js'
import type { Clock } from '../../model/clock.js'
import { ConsumerError } from '../../model/consumer-error.js'
import { count, milliseconds, oneOf, type OptionRules } from '../../operators/handling/operator-options.js'
import type { Cluster } from '../../ports/cluster.js'
import type { CloseOptions } from '../closing.js'
import type { OutboxEvent } from './outbox-event.js'
import { OutboxRun, type OutboxSettings, type PublishedRow } from './outbox-run.js'
import type { OutboxTable } from './outbox-table.js'
import type { OutboxProducerProperties } from './row-publisher.js'

/** How an outbox is read and published. Times are in ms. */
export interface OutboxOptions {
  /** How many rows a batch has at most. @default 500 */
  readonly records?: number
  /** How long it waits before it looks again, when there is no row. @default 500 */
  readonly pollMs?: number
  /**
   * One reader publishes at a time. If it dies, another takes over after this long; a reader that is closed gives the
   * lease back at once. At least twice `pollMs`, since an idle reader renews it when it looks. @default 10000
   */
  readonly leaseMs?: number
  /**
   * A call of the database that takes longer has failed, and is repeated; the connection of a pool is closed. From ten
   * seconds on the event `waiting` says that one takes long. @default 60000
   */
  readonly timeoutMs?: number
  /** What becomes of published rows: `published_at` is set, or they are deleted. @default 'mark' */
  readonly published?: 'mark' | 'delete'
  /**
   * What happens at a row that Kafka refuses (too large, an invalid topic, no permission): the reader errors, or the
   * reason is stored in the column `fault`, and the others continue. @default 'fail'
   */
  readonly onFailure?: 'fail' | 'skip'
  /**
   * The properties of the producer. With a `transactional.id` each batch is one transaction; several readers of a table
   * use the same id. Without one, `delivery.timeout.ms` and `retries` are refused, since a record is sent until the
   * broker accepts or refuses it, and so is `acks: 0`, with which the broker confirms nothing. @default a producer without transactions
   */
  readonly producer?: OutboxProducerProperties
}

/**
 * The rows that a reader has published, a batch at a time. It runs while it is subscribed to; at most one subscription
 * at a time. Unsubscribing is like `close`.
 */
export interface Outbox extends Observable<readonly PublishedRow[]>, AsyncDisposable {
  /** Hot, without replay; never errors or completes, survives re-subscription. */
  readonly events: Observable<OutboxEvent>
  /**
   * Finishes the batch in flight, gives the lease back, and completes: once the cluster has answered, or at the
   * deadline. Rejects with a `ConfigFault` for wrong options only.
   */
  drain(options?: CloseOptions): Promise<void>
  /**
   * Waits for no answer of the cluster, and completes: rows in flight are published again by the next reader. It marks
   * what is confirmed and gives the lease back, if the database answers within `timeoutMs` (5,000).
   */
  close(options?: CloseOptions): Promise<void>
}

/** `OutboxOptions` */
export const outboxRules: OptionRules = {
  records: count,
  pollMs: milliseconds,
  leaseMs: milliseconds,
  timeoutMs: milliseconds,
  published: /*#__PURE__*/ oneOf('mark', 'delete'),
  onFailure: /*#__PURE__*/ oneOf('fail', 'skip'),
  producer: { allowed: 'properties of a producer', holds: (given) => typeof given === 'object' && given !== null }
}

/** @throws ConsumerError with a `ConfigFault` that lists every problem of the producer's properties */
export const openOutbox = (cluster: Cluster, table: OutboxTable, options: OutboxOptions): Outbox => {
  const {
    records = 500,
    pollMs = 500,
    leaseMs = 10_000,
    timeoutMs = 60_000,
    onFailure = 'fail',
    producer = {}
  } = options
  const decoded =
    producer['transactional.id'] === undefined ? decodeProducerConfig(producer) : decodeTransactionalConfig(producer)
  const problems = isLeft(decoded) ? [...decoded.left.problems] : []
  if (leaseMs < Math.max(1, 2 * pollMs))
    problems.push({
      property: 'leaseMs',
      given: String(leaseMs),
      allowed: `at least 1, and at least twice pollMs (${String(pollMs)})`
    })
  if (producer['transactional.id'] === undefined)
    for (const property of ['delivery.timeout.ms', 'retries'] as const)
      if (producer[property] !== undefined)
        problems.push({
          property,
          given: String(producer[property]),
          allowed: 'nothing, without a transactional.id: a row is sent until the broker accepts or refuses it'
        })
  // Transactions refuse it themselves.
  if (producer['transactional.id'] === undefined && producer.acks === 0)
    problems.push({
      property: 'acks',
      given: '0',
      allowed: '1 or "all", since only a row that the broker has confirmed may be marked as published'
    })
  if (problems.length > 0) throw new ConsumerError({ _tag: 'ConfigFault', problems })
  return new PolledOutbox(cluster, table, { records, pollMs, leaseMs, timeoutMs, onFailure, producer })
}

/** How long `close` waits for the database. */
const closeMs = 5_000

class PolledOutbox extends Observable<readonly PublishedRow[]> implements Outbox {
  readonly events: Observable<OutboxEvent>
  private readonly clock: Clock
  private current: { readonly run: OutboxRun; readonly over: Promise<void> } | null = null

  constructor(cluster: Cluster, table: OutboxTable, settings: OutboxSettings) {
    const events = new Subject<OutboxEvent>()
    super((subscriber) => {
      if (this.current !== null) {
        const reason = 'an outbox has one subscription at a time'
        subscriber.error(new ConsumerError({ _tag: 'UsageFault', reason }))
        return undefined
      }
      const run = new OutboxRun(cluster, table, settings, {
        next: (rows) => {
          subscriber.next(rows)
        },
        error: (error) => {
          this.current = null
          subscriber.error(error)
        },
        complete: () => {
          this.current = null
          subscriber.complete()
        },
        report: (event) => {
          events.next(event)
        }
      })
      const over = run.run().finally(() => {
        if (this.current?.run === run) this.current = null
      })
      this.current = { run, over }
      return () => {
        run.stop(closeMs)
      }
    })
    this.clock = cluster.clock
    this.events = events.asObservable()
  }

  async drain(options: CloseOptions = {}): Promise<void> {
    refuseWrong(problemsWithOptions('drain', options, { timeoutMs: optional(milliseconds) }))
    const { current } = this
    if (current === null) return
    const { timeoutMs } = options
    current.run.drain()
    const cancel =
      timeoutMs === undefined
        ? null
        : this.clock.schedule(timeoutMs, () => {
            current.run.stop(0)
          })
    await current.over
    cancel?.()
  }

  async close(options: CloseOptions = {}): Promise<void> {
    refuseWrong(problemsWithOptions('close', options, { timeoutMs: optional(milliseconds) }))
    const { current } = this
    current?.run.stop(options.timeoutMs ?? closeMs)
    await current?.over
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.drain()
  }
}

import { left, right } from 'fp-ts/lib/Either.js'
import { Observable } from 'rxjs'
import { type Backoff, delayOf } from '../model/backoff.js'
import { type Cancel, longestTimer } from '../model/clock.js'
import { ConsumerError, faultOfError } from '../model/consumer-error.js'
import type { ConsumerRecord } from '../model/consumer-record.js'
import { describeFault } from '../model/describe-fault.js'
import type { DeadLetterPolicy, FailedRecord } from '../model/failure-policy.js'
import type { Fault } from '../model/fault.js'
import { reasonOf } from '../model/printable.js'
import { partitionKey } from '../model/topic-partition.js'
import { AttemptContext } from '../operators/handling/attempt-context.js'
import { PipelineEnd } from '../operators/handling/pipeline-end.js'
import { isPermanent } from '../operators/handling/failures.js'
import { HandlerCall } from '../operators/handling/handler-call.js'
import type { HandlerContext, HandlerResult } from '../operators/handling/handler.js'
import {
  aFunction,
  backoff,
  checkOptions,
  count,
  milliseconds,
  needed,
  options as optionsOf,
  type OptionRules
} from '../operators/handling/operator-options.js'
import { retryWithoutEnd } from './batches/sink-options.js'
import { watchCall } from './late-call.js'

/** A record that cannot be handled, for a store of dead letters. */
export interface DeadLetter {
  /** As received; one that came through retry topics has the original's place and headers. */
  readonly record: ConsumerRecord
  readonly fault: Fault
  /** the fault in one line, without payload */
  readonly reason: string
  /** how often it was tried; 0 for a record that was ordered behind another that failed */
  readonly attempts: number
  /** null under `assign` without a group */
  readonly groupId: string | null
}

/** Where dead letters are written. Times are in ms. */
export interface DeadLetterToOptions {
  /**
   * Writes one letter. The result may come later (a Promise, an Observable, a TaskEither): by then the letter is
   * durable. It may be called again with a letter whose answer was lost, or after a crash: a store that knows `topic`,
   * `partition` and `offset` of each letter has it once.
   */
  readonly write: (letter: DeadLetter, context: HandlerContext) => HandlerResult<unknown>
  /** A call that takes longer has failed: its signal aborts, and its result is ignored. @default no limit */
  readonly timeoutMs?: number
  /** How often, and after what waits, a letter is written again. @default without end, after 100 ms to 10 s */
  readonly retry?: {
    /** in all, the first included */
    readonly attempts: number
    readonly backoff: Backoff
    /** Distinguishes failures that may succeed later from those that never will. @default 'retriable' */
    readonly classify?: (cause: unknown, letter: DeadLetter) => 'retriable' | 'permanent'
  }
}

/** `DeadLetterToOptions` */
const rules: OptionRules = {
  write: needed(aFunction),
  timeoutMs: milliseconds,
  retry: optionsOf({ attempts: needed(count), backoff: needed(backoff), classify: aFunction })
}

/**
 * Writes failed records where you want, a table or a file, wherever `deadLetter` can be used.
 *
 * - A record is settled once `write` has succeeded. While it fails, the record waits, with the records ordered behind
 *   it, and an event `waiting` for each failure, and for each ten seconds without an answer; then `recovered`. Nothing
 *   is skipped: after `attempts` failures, or a permanent one, the pipeline ends with a `SinkFault`, and the record is
 *   delivered again.
 * - Order: letters of one order (of a key under `order: 'key'`) are written one after the other.
 * - A drain waits for letters as for records in flight. Unsubscribing, and the loss of the partition, abort the signal.
 * - At least once: a letter may be written again after a crash.
 *
 * @throws ConsumerError with a `ConfigFault` that names every option it cannot work with
 *
 * @example
 * const toTable = deadLetterTo({
 *   write: ({ record: { topic, partition, offset, key, value }, reason }) =>
 *     pool.query('insert into dead_letters values ($1, $2, $3, $4, $5, $6) on conflict do nothing', [topic, partition, offset, key, value, reason])
 * })
 * handle(charge, { order: 'key', onFailure: toTable })
 */
export const deadLetterTo = (options: DeadLetterToOptions): DeadLetterPolicy => {
  checkOptions('deadLetterTo', options, rules)
  return {
    _tag: 'DeadLetter',
    take: (failed) =>
      new Observable((subscriber) => {
        let isOver = false
        const writing = new LetterWriting(options, failed, (fault) => {
          isOver = true
          subscriber.next(fault === null ? right(undefined) : left(fault))
          subscriber.complete()
        })
        subscriber.add(() => {
          // The signal does not abort any more once the letter is written.
          if (!isOver) writing.stop()
        })
        writing.begin()
      }),
    hold: () => () => undefined
  }
}

const waits = 'the dead letters cannot be written'

/** The writing of one letter, through all its attempts. */
class LetterWriting {
  private readonly options: DeadLetterToOptions
  private readonly failed: FailedRecord
  private readonly letter: DeadLetter
  private readonly over: (fault: Fault | null) => void
  private readonly end = new PipelineEnd()
  private run: HandlerCall<LetterWriting> | null = null
  private timer: Cancel | null = null
  /** ends the watch over the call, which reports one that takes long */
  private unwatch: Cancel | null = null
  private attempts = 0
  private waitsSince: number | null = null

  /** @param over called once, with null when the letter is written */
  constructor(options: DeadLetterToOptions, failed: FailedRecord, over: (fault: Fault | null) => void) {
    this.options = options
    this.failed = failed
    this.over = over
    const { record, fault, attempts, groupId } = failed
    this.letter = { record, fault, reason: describeFault(fault), attempts, groupId }
  }

  begin(): void {
    const { write, timeoutMs } = this.options
    const { clock } = this.failed
    this.attempts++
    const context = new AttemptContext(this.attempts, null, this.end)
    const run = new HandlerCall<LetterWriting>((ended) => {
      this.ended(ended, context)
    })
    this.run = run
    if (timeoutMs !== undefined && clock !== undefined)
      this.timer = clock.schedule(timeoutMs, () => {
        const cause = new ConsumerError({
          _tag: 'TimeoutFault',
          what: 'the writing of a dead letter',
          afterMs: timeoutMs
        })
        this.run = null
        this.unwatch?.()
        run.abandon()
        context.expire(cause)
        this.failedWith(cause)
      })
    const call = (_: unknown, told: HandlerContext): unknown => write(this.letter, told)
    if (run.call({ call }, this.failed.record, context) !== 'pending') this.ended(run, context)
    else this.watch()
  }

  private watch(): void {
    const { clock, report, record } = this.failed
    if (clock === undefined || report === undefined) return
    const place = partitionKey(record.topic, record.partition)
    this.unwatch = watchCall({ who: 'deadLetterTo', place, clock, report, timeoutMs: this.options.timeoutMs })
  }

  stop(): void {
    this.end.abort()
    this.timer?.()
    this.unwatch?.()
    this.run?.abandon()
    this.run = null
  }

  private ended(run: HandlerCall<LetterWriting>, context: AttemptContext): void {
    if (run !== this.run) return
    this.run = null
    this.timer?.()
    this.timer = null
    this.unwatch?.()
    context.end()
    if (run.state === 'failed') this.failedWith(run.result)
    else {
      const { waitsSince, failed } = this
      const afterMs = (failed.clock?.now() ?? 0) - (waitsSince ?? 0)
      if (waitsSince !== null) failed.report?.({ _tag: 'recovered', from: 'waiting', what: waits, afterMs })
      this.over(null)
    }
  }

  private failedWith(cause: unknown): void {
    const { retry = retryWithoutEnd } = this.options
    const { failed, letter, attempts } = this
    const { clock } = failed
    const fault = faultOfError(cause) ?? sinkFault(cause)
    const classify = this.options.retry?.classify
    if (
      clock === undefined ||
      attempts >= retry.attempts ||
      (classify !== undefined && isPermanent(cause, letter, classify))
    ) {
      this.over(sinkFault(cause))
      return
    }
    let inMs: number
    try {
      inMs = Math.min(delayOf(retry.backoff, attempts, clock), longestTimer)
    } catch (thrown) {
      this.over(sinkFault(thrown))
      return
    }
    this.waitsSince ??= clock.now()
    failed.report?.({ _tag: 'waiting', reason: waits, fault, inMs })
    this.timer = clock.schedule(inMs, () => {
      this.timer = null
      this.begin()
    })
  }
}

const sinkFault = (cause: unknown): Fault => ({
  _tag: 'SinkFault',
  sink: 'deadLetterTo',
  reason: reasonOf(cause),
  cause
})

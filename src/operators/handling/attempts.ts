import { processing, ProcessMessage } from '../../internal/trace-channels.js'
import { delayOf } from '../../model/backoff.js'
import { noteAttempt, noteRetry, type Carried, firstOriginOf, isStale } from '../../model/carried.js'
import { ConsumerError } from '../../model/consumer-error.js'
import type { OperatorName } from '../../model/operator-name.js'
import { AttemptContext } from './attempt-context.js'
import { isPermanent } from './failures.js'
import type { AnyHandleOptions } from './handler.js'
import { HandlerCall, type Progress } from './handler-call.js'
import type { Handling, HandlingAtOnce } from './handling-kinds.js'
import { PipelineEnd } from './pipeline-end.js'
import { RetryTimers } from './retry-timers.js'
import { TimeLimit } from './time-limit.js'
import type { Work } from './work.js'

/** Why a record is not retried: it can never succeed, or its attempts are used up. */
export type GivenUp = 'permanent' | 'exhausted'

/** What to do after an attempt. */
export interface AttemptsHost<C> {
  succeeded(work: Work<C>, value: unknown): void
  failed(work: Work<C>, cause: unknown): void
  /** No further attempt follows. */
  giveUp(work: Work<C>, why: GivenUp, cause: unknown): void
  /** The wait for the next attempt is over. */
  again(work: Work<C>): void
}

/** The attempts to handle records: calls the handler, ends attempts that take too long, and waits between attempts. */
export class Attempts<C extends Carried<unknown>, D extends Carried<unknown>> {
  private readonly what: Handling<C, D> | HandlingAtOnce<C, D>
  private readonly host: AttemptsHost<C>
  private readonly retry: AnyHandleOptions<C>['retry']
  private readonly limit: TimeLimit<Work<C>> | null
  private readonly timers: RetryTimers<Work<C>>
  private readonly end = new PipelineEnd()
  private readonly idleRuns: HandlerCall<Work<C>>[] = []
  private stopped = false

  constructor(
    what: Handling<C, D> | HandlingAtOnce<C, D>,
    { retry, timeoutMs }: AnyHandleOptions<C>,
    host: AttemptsHost<C>
  ) {
    this.what = what
    this.host = host
    this.retry = retry
    this.limit =
      timeoutMs === undefined
        ? null
        : new TimeLimit(timeoutMs, (run) => {
            this.tookTooLong(run, timeoutMs)
          })
    this.timers = new RetryTimers((work) => {
      host.again(work)
    })
  }

  start(work: Work<C>): void {
    work.attempt++
    const run = this.idleRun()
    this.underWay(work, run)
    const progress = this.call(run, work.carried, work.attempt)
    if (this.stopped) run.abandon()
    else if (progress !== 'pending') this.ended(run)
  }

  /** The first attempt of a record without others present: no state is kept unless it fails or takes time. */
  passBy(carried: C): HandlerCall<Work<C>> {
    const run = this.idleRun()
    this.call(run, carried, 1)
    return run
  }

  /** Takes the immediate result of this attempt. */
  taken(run: HandlerCall<Work<C>>): unknown {
    const { result } = run
    this.idle(run)
    return result
  }

  /** The attempt takes time, or has failed. */
  goOn(work: Work<C>, run: HandlerCall<Work<C>>): void {
    this.underWay(work, run)
    if (run.state === 'failed') this.ended(run)
  }

  /** An attempt has failed: waits for the next if there is one. */
  retryAfter(work: Work<C>, cause: unknown): void {
    const { retry, host } = this
    if (isPermanent(cause, work.carried, retry?.classify)) host.giveUp(work, 'permanent', cause)
    else if (retry === undefined || work.attempt >= retry.attempts) host.giveUp(work, 'exhausted', cause)
    else {
      let inMs: number
      try {
        inMs = delayOf(retry.backoff, work.attempt, firstOriginOf(work.carried)?.clock)
      } catch (thrown) {
        host.giveUp(work, 'permanent', thrown)
        return
      }
      this.waitFor(work, inMs, cause)
    }
  }

  /** The record is retried after this wait. */
  waitFor(work: Work<C>, forMs: number, cause?: unknown): void {
    const origin = firstOriginOf(work.carried)
    if (origin === null) this.host.again(work)
    else {
      work.isResting = true
      noteRetry(work.carried, forMs, cause)
      this.timers.add(work, forMs, origin.clock)
    }
  }

  stop(): void {
    this.stopped = true
    this.end.abort()
    this.limit?.stop()
    this.timers.stop()
  }

  /** Abandons the running attempt. */
  abandon(work: Work<C>, why?: unknown): void {
    const { carried, run } = work
    if (run === null) return
    const ended = (): void => {
      noteAttempt(carried, false)
    }
    run.work = work.run = null
    run.context?.end()
    // A lost record is done only when its last promise has settled: until then the member stays out of the group.
    if (isStale(carried)) run.abandon(ended, why)
    else {
      run.abandon(undefined, why)
      ended()
    }
  }

  private call(run: HandlerCall<Work<C>>, carried: C, number: number): Progress {
    const { what } = this
    if ('make' in what) return run.make(what.make, carried)
    const origin = firstOriginOf(carried)
    if (origin !== null) this.limit?.applies(origin.clock)
    const context = new AttemptContext(number, origin, this.end)
    if (!processing.hasSubscribers || isWriting(what.operator)) return run.call(what, carried, context)
    const message = new ProcessMessage(what.operator, carried, origin?.groupId ?? null, number)
    return run.callTraced(what, carried, context, message)
  }

  private underWay(work: Work<C>, run: HandlerCall<Work<C>>): void {
    run.work = work
    work.run = run
    noteAttempt(work.carried, true)
    const origin = this.limit === null ? null : firstOriginOf(work.carried)
    if (origin !== null) this.limit?.began(run, origin.clock)
  }

  private ended(run: HandlerCall<Work<C>>): void {
    const { work, state, result } = run
    if (work === null || this.stopped) return
    this.limit?.ended(run)
    run.work = work.run = null
    this.idle(run)
    noteAttempt(work.carried, false)
    if (state === 'succeeded') this.host.succeeded(work, result)
    else this.host.failed(work, result)
  }

  private tookTooLong(run: HandlerCall<Work<C>>, afterMs: number): void {
    const { work, context } = run
    if (work === null) return
    const cause = new ConsumerError({ _tag: 'TimeoutFault', what: 'the handler', afterMs })
    this.abandon(work, cause)
    context?.expire(cause)
    this.host.failed(work, cause)
  }

  private idleRun(): HandlerCall<Work<C>> {
    return this.idleRuns.pop() ?? new HandlerCall(this.whenEnded)
  }

  // A field and not an inline function, which would cost every call of `idleRun` a scope.
  private readonly whenEnded = (run: HandlerCall<Work<C>>): void => {
    this.ended(run)
  }

  private idle(run: HandlerCall<Work<C>>): void {
    run.context?.end()
    run.context = run.carried = null
    if (run.isReusable) this.idleRuns.push(run)
  }
}

/** Operators that only write to Kafka call no user code; each record that they write has its own trace message. */
const isWriting = (operator: OperatorName): boolean => operator === 'produceTo' || operator === 'replayDeadLetters'

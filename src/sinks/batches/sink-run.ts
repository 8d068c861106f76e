import type { Subscriber } from 'rxjs'
import { type BatchPart, freshPart } from '../../core/sinks/batch-part.js'
import type { SharedSlots } from '../../core/scheduling/shared-slots.js'
import { processing, ProcessMessage } from '../../internal/trace-channels.js'
import { aggregate } from '../../model/aggregate.js'
import { noteAttempt, type Carried, firstOriginOf, isStale, pass, release, visitOrigins } from '../../model/carried.js'
import type { AckOrigin } from '../../model/acknowledgement.js'
import { ConsumerError, faultOfError } from '../../model/consumer-error.js'
import { operatorId, type OperatorName } from '../../model/operator-name.js'
import { partitionKey } from '../../model/topic-partition.js'
import { slotsOf } from '../../operators/concurrency-limit.js'
import { AttemptContext } from '../../operators/handling/attempt-context.js'
import { PipelineEnd } from '../../operators/handling/pipeline-end.js'
import { HandlerCall } from '../../operators/handling/handler-call.js'
import type { HandlerContext } from '../../operators/handling/handler.js'
import { TimeLimit } from '../../operators/handling/time-limit.js'
import { watchCall } from '../late-call.js'
import { isRefused } from '../refused.js'
import { PartFailures } from './part-failures.js'
import type { SinkBatch } from './sink-batch.js'
import type { SinkOptions } from './sink-options.js'
import { SinkIntake } from './sink-intake.js'

/** The machine of `sink`: forms batches, makes one call for each, and decides about those that fail. */
export class SinkRun<C extends Carried<unknown>> {
  private readonly options: SinkOptions<C>
  private readonly destination: Subscriber<C>
  private readonly failures: PartFailures<C>
  private readonly operator: OperatorName
  private readonly attempts: number
  private readonly intake: SinkIntake<C>
  private readonly slots: SharedSlots | null
  private readonly limit: TimeLimit<SinkBatch<C>> | null
  private readonly end = new PipelineEnd()
  private readonly batches = new Set<SinkBatch<C>>()
  private state: 'open' | 'completed' | 'stopped' = 'open'
  private pumping = false

  constructor(options: SinkOptions<C>, destination: Subscriber<C>, name: OperatorName) {
    this.options = options
    this.destination = destination
    this.failures = new PartFailures(options, destination, name, (batch) => {
      this.advance(batch)
    })
    this.operator = name
    processing.look()
    this.attempts = options.retry?.attempts ?? 1
    this.slots = slotsOf(options.limit)
    const { records = 500, bytes = Infinity, withinMs = 0, timeoutMs } = options
    this.intake = new SinkIntake({ records, bytes, withinMs }, () => {
      this.pump()
    })
    this.limit =
      timeoutMs === undefined
        ? null
        : new TimeLimit(timeoutMs, (run) => {
            this.tookTooLong(run, timeoutMs)
          })
  }

  arrived(carried: C): void {
    if (isStale(carried)) return
    // Records of an ended epoch must not delay current ones.
    for (const batch of this.batches)
      if (batch.retryTimer !== null && batch.parts.every(({ items }) => items.every(isStale))) {
        batch.retryTimer()
        batch.retryTimer = null
        this.advance(batch)
      }
    this.intake.push(carried)
  }

  sourceCompleted(): void {
    this.state = 'completed'
    this.intake.flush()
    this.finishIfDone()
  }

  stop(): void {
    if (this.state === 'stopped') return
    this.state = 'stopped'
    this.end.abort()
    this.limit?.stop()
    this.intake.stop()
    for (const batch of this.batches) {
      batch.retryTimer?.()
      batch.taking?.unsubscribe()
      if (batch.run !== null) this.abandon(batch, batch.run)
      for (const { items } of batch.parts) for (const item of items) release(item)
      this.slots?.leave(batch)
    }
    this.batches.clear()
    this.failures.stop()
  }

  // A method, since the state changes within calls, which the compiler does not know.
  private isStopped(): boolean {
    return this.state === 'stopped'
  }

  private pump(): void {
    // A call that answers at once ends up here again: the running loop continues instead of nesting.
    if (this.pumping) return
    this.pumping = true
    const { concurrency = 1 } = this.options
    while (!this.isStopped() && this.batches.size < concurrency) {
      const items = this.intake.take()
      if (items === null) break
      this.begin(items)
    }
    this.pumping = false
    this.finishIfDone()
  }

  private begin(items: readonly C[]): void {
    const batch: SinkBatch<C> = {
      parts: [freshPart(items, this.attempts)],
      run: null,
      unwatch: null,
      retryTimer: null,
      waiting: null,
      taking: null,
      taken: 0,
      wake: () => {
        this.advance(batch)
      }
    }
    this.batches.add(batch)
    this.slots?.enter(batch)
    this.advance(batch)
  }

  /** Continues with the batch until it waits, or is done. */
  private advance(batch: SinkBatch<C>): void {
    while (!this.isStopped()) {
      const part = this.withoutStale(batch.parts.shift())
      if (part === null) {
        this.leave(batch)
        return
      }
      if (part.items.length === 0) continue
      batch.parts.unshift(part)
      if (part.failure !== null) {
        this.freeSlot(batch)
        if (this.failures.decide(batch, part, part.failure) === 'waits') return
        continue
      }
      if (this.slots !== null && batch.taken === 0 && !this.slots.take(batch)) return
      if (this.call(batch, part) === 'pending') return
    }
  }

  private withoutStale(part: BatchPart<C> | undefined): BatchPart<C> | null {
    if (part === undefined) return null
    const items = part.items.filter((item) => {
      if (isStale(item)) release(item)
      return !isStale(item)
    })
    return items.length === part.items.length ? part : { ...part, items }
  }

  private call(batch: SinkBatch<C>, part: BatchPart<C>): 'pending' | 'over' {
    const whole = aggregate(part.items)
    const origin = onlyOriginOf(whole)
    const context = new AttemptContext(part.attempt + 1, origin, this.end)
    const run = new HandlerCall<SinkBatch<C>>((ended) => {
      if (this.over(batch, ended)) this.advance(batch)
    })
    run.work = batch
    batch.run = run
    noteAttempt(whole, true)
    const { clock } = firstOriginOf(whole) ?? {}
    if (clock !== undefined) this.limit?.began(run, clock)
    const call = ({ value }: Carried<readonly C[]>, attemptContext: HandlerContext): unknown =>
      this.options.write(value, attemptContext)
    const progress = processing.hasSubscribers
      ? run.callTraced({ call }, whole, context, this.messageOf(whole, part))
      : run.call({ call }, whole, context)
    if (progress === 'pending') {
      this.watch(batch, firstOriginOf(whole))
      return 'pending'
    }
    this.over(batch, run)
    return 'over'
  }

  private watch(batch: SinkBatch<C>, origin: AckOrigin | null): void {
    if (origin === null) return
    const { topic, partition, clock } = origin
    batch.unwatch = watchCall({
      who: this.operator,
      place: partitionKey(topic, partition),
      clock,
      report: (event) => {
        origin.report(event)
      },
      timeoutMs: this.options.timeoutMs
    })
  }

  private messageOf(whole: Carried<readonly C[]>, { attempt: before }: BatchPart<C>): ProcessMessage {
    return new ProcessMessage(this.operator, whole, firstOriginOf(whole)?.groupId ?? null, before + 1)
  }

  /** A call has succeeded or failed. False if it was abandoned before. */
  private over(batch: SinkBatch<C>, run: HandlerCall<SinkBatch<C>>): boolean {
    const [part] = batch.parts
    if (batch.run !== run || part === undefined || this.isStopped()) return false
    this.limit?.ended(run)
    this.ended(batch, run)
    for (const item of part.items) noteAttempt(item, false)
    if (run.state === 'failed') this.failed(batch, part, run.result)
    else if (isRefused(run.result)) this.goOn(this.failures.partlyWritten(batch, part, run.result))
    else {
      batch.parts.shift()
      this.goOn(part.items)
    }
    return !this.isStopped()
  }

  private failed(batch: SinkBatch<C>, part: BatchPart<C>, cause: unknown): void {
    const fault = faultOfError(cause)
    // A fenced sink may write no more, so it may not settle records by `onFailure` either. Nor may one that is used
    // wrongly: no record is to blame.
    if (fault?._tag === 'FencedFault' || fault?._tag === 'UsageFault' || fault?._tag === 'ConfigFault') {
      this.destination.error(cause)
      return
    }
    this.failures.failed(batch, part, cause)
  }

  /** Passes written records on. Releases each, whatever happens to the pipeline meanwhile. */
  private goOn(items: readonly C[]): void {
    const operator = operatorId(this.operator)
    for (const item of items) {
      if (!this.isStopped() && !isStale(item)) {
        pass(item, operator)
        this.destination.next(item)
      }
      release(item)
    }
  }

  private tookTooLong(run: HandlerCall<SinkBatch<C>>, afterMs: number): void {
    const { work: batch, context } = run
    const part = batch?.parts[0]
    if (batch === null || part === undefined) return
    const cause = new ConsumerError({ _tag: 'TimeoutFault', what: 'the handler', afterMs })
    this.abandon(batch, run, cause)
    context?.expire(cause)
    this.failed(batch, part, cause)
    this.advance(batch)
  }

  private abandon(batch: SinkBatch<C>, run: HandlerCall<SinkBatch<C>>, why?: unknown): void {
    const items = batch.parts[0]?.items ?? []
    this.ended(batch, run)
    // Lost records are done with only when the last promise has settled: until then the member stays out of the group.
    const lost = items.filter(isStale)
    for (const item of items) if (!lost.includes(item)) noteAttempt(item, false)
    run.abandon(() => {
      for (const item of lost) noteAttempt(item, false)
    }, why)
  }

  private ended(batch: SinkBatch<C>, run: HandlerCall<SinkBatch<C>>): void {
    batch.run = run.work = null
    run.context?.end()
    batch.unwatch?.()
    batch.unwatch = null
  }

  private freeSlot(batch: SinkBatch<C>): void {
    if (batch.taken > 0) this.slots?.give(batch)
  }

  private leave(batch: SinkBatch<C>): void {
    this.freeSlot(batch)
    this.slots?.leave(batch)
    this.batches.delete(batch)
    this.failures.done(batch)
    this.pump()
  }

  private finishIfDone(): void {
    if (this.state === 'completed' && !this.pumping && this.batches.size === 0 && this.intake.isEmpty)
      this.destination.complete()
  }
}

/** The assignment of all records, whose end makes the call pointless; null if the records come from several. */
const onlyOriginOf = (carried: Carried<unknown>): AckOrigin | null => {
  const origins = new Set<AckOrigin>()
  visitOrigins(carried, (origin) => origins.add(origin))
  const [only = null] = origins
  return origins.size === 1 ? only : null
}

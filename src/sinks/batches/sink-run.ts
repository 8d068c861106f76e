import type { Subscriber, Subscription } from 'rxjs'
import { afterFailure, type BatchPart, freshPart, halvesOf, type PartFailure } from '../../core/writing/batch-part.js'
import type { SharedSlots, SlotUser } from '../../core/scheduling/shared-slots.js'
import { aggregate } from '../../model/aggregate.js'
import { type Backoff, delayOf } from '../../model/backoff.js'
import {
  attempt,
  type Carried,
  firstOriginOf,
  isStale,
  pass,
  release,
  settle,
  visitOrigins
} from '../../model/carried.js'
import type { AckOrigin } from '../../model/acknowledgement.js'
import type { Cancel } from '../../model/clock.js'
import { ConsumerError, faultOfError } from '../../model/consumer-error.js'
import type { DeadLetterPolicy } from '../../model/failure-policy.js'
import { operatorId, type OperatorName } from '../../model/operator-name.js'
import { slotsOf } from '../../operators/concurrency-limit.js'
import { AttemptContext } from '../../operators/handling/attempt-context.js'
import { faultOf, isPermanent, reportSkipped, writeAway } from '../../operators/handling/failures.js'
import { HandlerRun } from '../../operators/handling/handler-run.js'
import type { HandlerContext } from '../../operators/handling/handler.js'
import { TimeLimit } from '../../operators/handling/time-limit.js'
import { isRefused, type Refused } from '../refused.js'
import type { SinkOptions } from './sink-options.js'
import { SinkIntake } from './sink-intake.js'

/** A batch under way: it has one place until all of its parts are through. */
interface Batch<C> extends SlotUser {
  parts: BatchPart<C>[]
  run: HandlerRun<Batch<C>> | null
  /** its next attempt */
  resting: Cancel | null
  /** a record of it is being written away */
  taking: Subscription | null
}

/** The machine of `sink`: batches, one call for each, and what becomes of those that fail. */
export class SinkRun<C extends Carried<unknown>> {
  private readonly options: SinkOptions<C>
  private readonly destination: Subscriber<C>
  private readonly name: OperatorName
  private readonly operator: number
  private readonly attempts: number
  private readonly intake: SinkIntake<C>
  private readonly slots: SharedSlots | null
  private readonly limit: TimeLimit<Batch<C>> | null
  private readonly abort = new AbortController()
  private readonly batches = new Set<Batch<C>>()
  private unhold: (() => void) | null = null
  private state: 'open' | 'completed' | 'stopped' = 'open'
  private pumping = false

  constructor(options: SinkOptions<C>, destination: Subscriber<C>, name: OperatorName) {
    this.options = options
    this.destination = destination
    this.name = name
    this.operator = operatorId(name)
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
    // What belongs to a reading that is over does not hold up the present one.
    for (const batch of this.batches)
      if (batch.resting !== null && batch.parts.every(({ items }) => items.every(isStale))) {
        batch.resting()
        batch.resting = null
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
    this.abort.abort()
    this.limit?.stop()
    this.intake.stop()
    for (const batch of this.batches) {
      batch.resting?.()
      batch.taking?.unsubscribe()
      if (batch.run !== null) this.abandon(batch, batch.run)
      for (const { items } of batch.parts) for (const item of items) release(item)
      this.slots?.leave(batch)
    }
    this.batches.clear()
    this.unhold?.()
  }

  // A method, since the state changes within calls, which the compiler does not see.
  private isStopped(): boolean {
    return this.state === 'stopped'
  }

  private pump(): void {
    // What a call answers at once comes back here: the loop goes on with it, instead of nesting.
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
    const batch: Batch<C> = {
      parts: [freshPart(items, this.attempts)],
      run: null,
      resting: null,
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

  /** Goes on with the batch until it waits for something, or is through. */
  private advance(batch: Batch<C>): void {
    while (!this.isStopped()) {
      const part = this.withoutStale(batch.parts.shift())
      if (part === null) {
        this.leave(batch)
        return
      }
      if (part.items.length === 0) continue
      batch.parts.unshift(part)
      if (part.failure !== null) {
        if (this.decide(batch, part, part.failure) === 'waits') return
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

  private call(batch: Batch<C>, part: BatchPart<C>): 'pending' | 'over' {
    const whole = aggregate(part.items)
    const origin = onlyOriginOf(whole)
    const context = new AttemptContext(part.attempt + 1, origin, this.abort.signal, this.limit !== null)
    const run = new HandlerRun<Batch<C>>((ended) => {
      if (this.over(batch, ended)) this.advance(batch)
    })
    run.work = batch
    batch.run = run
    attempt(whole, true)
    const { clock } = firstOriginOf(whole) ?? {}
    if (clock !== undefined) this.limit?.began(run, clock)
    const call = ({ value }: Carried<readonly C[]>, told: HandlerContext): unknown => this.options.write(value, told)
    if (run.call({ call }, whole, context) === 'pending') return 'pending'
    this.over(batch, run)
    return 'over'
  }

  /** A call has succeeded or failed. False if it was given up before. */
  private over(batch: Batch<C>, run: HandlerRun<Batch<C>>): boolean {
    const [part] = batch.parts
    if (batch.run !== run || part === undefined || this.isStopped()) return false
    this.limit?.ended(run)
    batch.run = run.work = null
    run.context?.end()
    for (const item of part.items) attempt(item, false)
    if (run.state === 'failed') this.failed(batch, part, run.result)
    else if (isRefused(run.result)) this.partlyWritten(batch, part, run.result)
    else {
      batch.parts.shift()
      this.goOn(part.items)
    }
    return !this.isStopped()
  }

  private failed(batch: Batch<C>, part: BatchPart<C>, cause: unknown): void {
    const fault = faultOfError(cause)
    // Whoever may write no more may not give records up either.
    if (fault?._tag === 'FencedFault') {
      this.destination.error(cause)
      return
    }
    const failure: PartFailure = { cause, permanent: this.isPermanent(cause, part.items) }
    batch.parts[0] = { ...part, attempt: part.attempt + 1, left: part.left - 1, failure }
  }

  /** The store took the others. */
  private partlyWritten(batch: Batch<C>, part: BatchPart<C>, { refusals }: Refused): void {
    const causes = new Map(refusals.map((refusal) => [refusal.index, refusal]))
    const tried = { ...part, attempt: part.attempt + 1, left: part.left - 1 }
    const written: C[] = []
    const hopeless: BatchPart<C>[] = []
    const again: C[] = []
    let last: unknown
    part.items.forEach((item, index) => {
      const refusal = causes.get(index)
      if (refusal === undefined) written.push(item)
      else {
        const { cause, permanent = this.isPermanent(cause, [item]) } = refusal
        if (permanent) hopeless.push({ ...tried, items: [item], failure: { cause, permanent: true } })
        else {
          again.push(item)
          last = cause
        }
      }
    })
    const later = again.length === 0 ? [] : [{ ...tried, items: again, failure: { cause: last, permanent: false } }]
    batch.parts.splice(0, 1, ...hopeless, ...later)
    this.goOn(written)
  }

  private isPermanent(cause: unknown, records: readonly C[]): boolean {
    return isPermanent(cause, records, this.options.retry?.classify)
  }

  /** Written: it goes on. Each is let go of whatever happens to the pipeline meanwhile. */
  private goOn(items: readonly C[]): void {
    for (const item of items) {
      if (!this.isStopped() && !isStale(item)) {
        pass(item, this.operator)
        this.destination.next(item)
      }
      release(item)
    }
  }

  /** What becomes of a part that failed. */
  private decide(batch: Batch<C>, part: BatchPart<C>, failure: PartFailure): 'waits' | 'goes on' {
    const { onFailure = 'fail', retry } = this.options
    this.freeSlot(batch)
    switch (afterFailure(part, failure, onFailure === 'fail')) {
      case 'again': {
        batch.parts[0] = { ...part, failure: null }
        return retry === undefined ? 'goes on' : this.rest(batch, part, retry.backoff)
      }
      case 'halves':
        batch.parts.splice(0, 1, ...halvesOf(part, failure, this.attempts))
        return 'goes on'
      case 'give up':
        return this.giveUp(batch, part, failure)
    }
  }

  private rest(batch: Batch<C>, part: BatchPart<C>, backoff: Backoff): 'waits' | 'goes on' {
    const [first] = part.items
    const origin = first === undefined ? null : firstOriginOf(first)
    if (first === undefined || origin === null) return 'goes on'
    let forMs: number
    try {
      forMs = delayOf(backoff, part.attempt)
    } catch (cause) {
      this.destination.error(new ConsumerError(faultOf(first, this.name, part.attempt, cause)))
      return 'waits'
    }
    batch.resting = origin.clock.schedule(forMs, () => {
      batch.resting = null
      this.advance(batch)
    })
    return 'waits'
  }

  private giveUp(batch: Batch<C>, part: BatchPart<C>, { cause }: PartFailure): 'waits' | 'goes on' {
    const { onFailure = 'fail' } = this.options
    const [item] = part.items
    if (item === undefined) return 'goes on'
    const fault = faultOf(item, this.name, part.attempt, cause)
    if (onFailure === 'fail') {
      this.destination.error(new ConsumerError(fault))
      return 'waits'
    }
    if (onFailure === 'skip') {
      batch.parts.shift()
      reportSkipped(item, fault)
      settle(item)
      release(item)
      return 'goes on'
    }
    return this.writeAway(batch, { item, fault, attempts: part.attempt }, onFailure)
  }

  private writeAway(
    batch: Batch<C>,
    {
      item,
      fault,
      attempts
    }: { readonly item: C; readonly fault: Parameters<typeof writeAway>[0]['fault']; readonly attempts: number },
    policy: DeadLetterPolicy
  ): 'waits' | 'goes on' {
    this.unhold ??= policy.hold()
    let isOver = false
    let isLater = false
    const taking = writeAway({ carried: item, fault, attempts }, policy).subscribe({
      error: (error: unknown) => {
        this.destination.error(error)
      },
      complete: () => {
        isOver = true
        batch.taking = null
        batch.parts.shift()
        settle(item)
        release(item)
        if (isLater) this.advance(batch)
      }
    })
    isLater = true
    // What the compiler takes for a constant is set by the call above.
    if (isOver as boolean) return 'goes on'
    batch.taking = taking
    return 'waits'
  }

  private tookTooLong(run: HandlerRun<Batch<C>>, afterMs: number): void {
    const { work: batch, context } = run
    const part = batch?.parts[0]
    if (batch === null || part === undefined) return
    this.abandon(batch, run)
    const cause = new ConsumerError({ _tag: 'TimeoutFault', what: 'the handler', afterMs })
    context?.expire(cause)
    this.failed(batch, part, cause)
    this.advance(batch)
  }

  private abandon(batch: Batch<C>, run: HandlerRun<Batch<C>>): void {
    const items = batch.parts[0]?.items ?? []
    batch.run = run.work = null
    run.context?.end()
    // What was lost is at rest only when the last promise is: until then its member stays out of the group.
    const lost = items.filter(isStale)
    for (const item of items) if (!lost.includes(item)) attempt(item, false)
    run.abandon(() => {
      for (const item of lost) attempt(item, false)
    })
  }

  private freeSlot(batch: Batch<C>): void {
    if (batch.taken > 0) this.slots?.give(batch)
  }

  private leave(batch: Batch<C>): void {
    this.freeSlot(batch)
    this.slots?.leave(batch)
    this.batches.delete(batch)
    this.pump()
  }

  private finishIfDone(): void {
    if (this.state === 'completed' && !this.pumping && this.batches.size === 0 && this.intake.isEmpty)
      this.destination.complete()
  }
}

/** The one assignment that all of it came from: the call is in vain when that is over. null where there are several. */
const onlyOriginOf = (carried: Carried<unknown>): AckOrigin | null => {
  const origins = new Set<AckOrigin>()
  visitOrigins(carried, (origin) => origins.add(origin))
  const [only = null] = origins
  return origins.size === 1 ? only : null
}

import { isLeft } from 'fp-ts/lib/Either.js'
import { concatMap, find, from, Observable, type OperatorFunction, type Subscriber } from 'rxjs'
import { recordsOf } from '../model/aggregate.js'
import type { AckOrigin } from '../model/acknowledgement.js'
import { attempt, type Carried, firstOriginOf, hold, isStale, pass, release, settle } from '../model/carried.js'
import { ConsumerError } from '../model/consumer-error.js'
import type { OnFailure } from '../model/failure-policy.js'
import type { Fault, HandlerFault } from '../model/fault.js'
import { operatorId, type OperatorName } from '../model/operator-name.js'
import { delayOf } from './backoff.js'
import type { HandleOptions, HandlerContext } from './handler.js'
import { type LaneOf, laneOf } from './order-lanes.js'
import { type Abandon, type Outcome, runHandler } from './run-handler.js'

/** What tells `handle` from `writeTo`. */
export interface Handling<C extends Carried<unknown>, D extends Carried<unknown>> {
  readonly operator: OperatorName
  readonly call: (carried: C, context: HandlerContext) => unknown
  /** what goes on, given the handler's value */
  readonly result: (carried: C, value: unknown) => D
}

/** The machine of `handle`, `writeTo` and the sinks: queue, order, concurrency, retry, failure policy. */
export const handling =
  <C extends Carried<unknown>, D extends Carried<unknown>>(
    what: Handling<C, D>,
    options: HandleOptions<C>
  ): OperatorFunction<C, D> =>
  (source) =>
    new Observable((destination) => {
      const machine = new HandlingRun(what, options, destination)
      destination.add(() => {
        machine.stop()
      })
      destination.add(
        source.subscribe({
          next: (carried) => {
            machine.arrived(carried)
          },
          error: (error: unknown) => {
            destination.error(error)
          },
          complete: () => {
            machine.sourceCompleted()
          }
        })
      )
    })

class HandlingRun<C extends Carried<unknown>, D extends Carried<unknown>> {
  private readonly what: Handling<C, D>
  private readonly destination: Subscriber<D>
  private readonly concurrency: number
  private readonly attempts: number
  private readonly retry: HandleOptions<C>['retry']
  private readonly onFailure: OnFailure
  private readonly operator: number
  private readonly lane: LaneOf<C>
  private readonly abort = new AbortController()
  private readonly queue: C[] = []
  /** For each lane that is busy, what waits behind it. */
  private readonly lanes = new Map<string, C[]>()
  private readonly running = new Set<Work<C, D>>()
  private active = 0
  private completed = false
  private stopped = false
  private pumping = false

  constructor(what: Handling<C, D>, options: HandleOptions<C>, destination: Subscriber<D>) {
    this.what = what
    this.destination = destination
    this.concurrency = Math.max(1, options.concurrency ?? 1)
    this.retry = options.retry
    this.attempts = Math.max(1, options.retry?.attempts ?? 1)
    this.onFailure = options.onFailure ?? 'fail'
    this.operator = operatorId(what.operator)
    this.lane = laneOf(options.order ?? 'partition')
  }

  arrived(carried: C): void {
    hold(carried)
    this.queue.push(carried)
    this.pump()
  }

  sourceCompleted(): void {
    this.completed = true
    this.finishIfDone()
  }

  stop(): void {
    if (this.stopped) return
    this.stopped = true
    this.abort.abort()
    for (const work of this.running) work.abandon()
    for (const carried of this.queue) release(carried)
    for (const waiting of this.lanes.values()) for (const carried of waiting) release(carried)
    for (const work of this.running) release(work.carried)
    this.queue.length = 0
    this.lanes.clear()
    this.running.clear()
  }

  call(carried: C, attempt: number, signal: AbortSignal): unknown {
    return this.what.call(carried, { signal, attempt })
  }

  get signal(): AbortSignal {
    return this.abort.signal
  }

  succeeded(work: Work<C, D>, value: unknown): void {
    if (this.stopped) return
    const { carried } = work
    if (!isStale(carried)) {
      pass(carried, this.operator)
      this.destination.next(this.what.result(carried, value))
    }
    this.done(work)
  }

  failed(work: Work<C, D>, cause: unknown): void {
    if (this.stopped) return
    const { carried } = work
    if (isStale(carried)) {
      this.done(work)
      return
    }
    if (work.attempt < this.attempts && this.retry !== undefined) {
      work.waitFor(firstOriginOf(carried), delayOf(this.retry.backoff, work.attempt))
      return
    }
    this.gaveUp(work, cause)
  }

  private gaveUp(work: Work<C, D>, cause: unknown): void {
    const { carried, attempt } = work
    const origin = firstOriginOf(carried)
    const fault = faultOf(carried, origin, this.what.operator, attempt, cause)
    const { onFailure } = this
    if (onFailure === 'skip') {
      reportSkipped(carried, fault)
      settle(carried)
      this.done(work)
    } else if (onFailure !== 'fail') {
      const groupId = origin?.groupId ?? null
      // One after the other, so that their order is kept where they are put; none behind one that cannot be.
      const taken = from(recordsOf(carried)).pipe(
        concatMap(({ source }) => onFailure.take({ record: source, fault, attempts: attempt, groupId })),
        find(isLeft)
      )
      work.follow(
        taken.subscribe((refused) => {
          if (refused !== undefined) this.destination.error(new ConsumerError(refused.left))
          else {
            settle(carried)
            this.done(work)
          }
        })
      )
    } else this.destination.error(new ConsumerError(fault))
  }

  private done(work: Work<C, D>): void {
    this.running.delete(work)
    this.active--
    const { lane } = work
    if (lane !== null) {
      const waiting = this.lanes.get(lane)
      const next = waiting?.shift()
      if (next === undefined) this.lanes.delete(lane)
      // Ahead of what came later: it has waited longest.
      else this.queue.unshift(next)
      if (next !== undefined) this.resumed.add(next)
    }
    release(work.carried)
    this.pump()
    this.finishIfDone()
  }

  /** Those whose lane is theirs already. */
  private readonly resumed = new Set<C>()

  private pump(): void {
    // Handlers that answer at once come back here: the loop below goes on with them, instead of nesting.
    if (this.pumping) return
    this.pumping = true
    while (this.active < this.concurrency && !this.stopped) {
      const carried = this.queue.shift()
      if (carried === undefined) break
      this.start(carried)
    }
    this.pumping = false
  }

  private start(carried: C): void {
    const resumed = this.resumed.delete(carried)
    let lane: string | null
    try {
      lane = this.lane(carried)
    } catch (error) {
      this.destination.error(error)
      return
    }
    if (lane !== null && !resumed) {
      const waiting = this.lanes.get(lane)
      if (waiting !== undefined) {
        waiting.push(carried)
        return
      }
      this.lanes.set(lane, [])
    }
    this.active++
    const work = new Work<C, D>(this, carried, lane)
    this.running.add(work)
    if (isStale(carried)) this.done(work)
    else work.run()
  }

  private finishIfDone(): void {
    if (this.completed && !this.stopped && this.active === 0 && this.queue.length === 0) this.destination.complete()
  }
}

/** One record under way, through all its attempts. */
class Work<C extends Carried<unknown>, D extends Carried<unknown>> implements Outcome {
  readonly carried: C
  readonly lane: string | null
  attempt = 0
  private running = false
  private readonly machine: HandlingRun<C, D>
  private ending: Abandon | null = null

  constructor(machine: HandlingRun<C, D>, carried: C, lane: string | null) {
    this.machine = machine
    this.carried = carried
    this.lane = lane
  }

  run(): void {
    this.attempt++
    this.runs(true)
    const { carried, attempt: number, machine } = this
    this.ending = null
    const abandon = runHandler(() => machine.call(carried, number, signalFor(carried, machine.signal)), this)
    // One that is over within the call may have left a retry or a dead letter to be abandoned.
    if (abandon !== null) this.ending = abandon
  }

  succeeded(value: unknown): void {
    this.ending = null
    this.runs(false)
    this.machine.succeeded(this, value)
  }

  failed(cause: unknown): void {
    this.ending = null
    this.runs(false)
    this.machine.failed(this, cause)
  }

  waitFor(origin: AckOrigin | null, delayMs: number): void {
    if (origin === null) this.run()
    else {
      this.ending = origin.clock.schedule(delayMs, () => {
        this.run()
      })
    }
  }

  follow(subscription: { unsubscribe(): void }): void {
    this.ending = () => {
      subscription.unsubscribe()
    }
  }

  abandon(): void {
    this.ending?.()
    this.ending = null
    this.runs(false)
  }

  private runs(running: boolean): void {
    if (running === this.running) return
    this.running = running
    attempt(this.carried, running)
  }
}

/** The partition's own signal; where the pipeline can end before it, both in one. */
const signalFor = (carried: Carried<unknown>, pipeline: AbortSignal): AbortSignal => {
  const origin = firstOriginOf(carried)
  return origin === null ? pipeline : bothOf(origin.signal, pipeline)
}

const pairs = new WeakMap<AbortSignal, WeakMap<AbortSignal, AbortSignal>>()

/** One combined signal for each pair, not one a record. */
const bothOf = (a: AbortSignal, b: AbortSignal): AbortSignal => {
  const known = pairs.get(a)?.get(b)
  if (known !== undefined) return known
  const combined = AbortSignal.any([a, b])
  const ofA = pairs.get(a) ?? new WeakMap<AbortSignal, AbortSignal>()
  ofA.set(b, combined)
  pairs.set(a, ofA)
  return combined
}

const faultOf = (
  carried: Carried<unknown>,
  origin: AckOrigin | null,
  operator: OperatorName,
  attempt: number,
  cause: unknown
): Fault => {
  const first = recordsOf(carried)[0]
  const { topic = '', partition = -1 } = first ?? origin ?? {}
  // A fault of ours says more than that something failed.
  if (cause instanceof ConsumerError) return cause.fault
  const fault: HandlerFault = {
    _tag: 'HandlerFault',
    operator,
    place: { topic, partition, offset: first?.offset ?? -1n },
    attempt,
    cause
  }
  return fault
}

const reportSkipped = (carried: Carried<unknown>, fault: Fault): void => {
  for (const record of recordsOf(carried)) {
    const { topic, partition, offset } = record
    firstOriginOf(record)?.report({ _tag: 'skipped', topic, partition, offset, fault })
  }
}

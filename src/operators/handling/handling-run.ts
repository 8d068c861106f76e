import type { Subscriber } from 'rxjs'
import { enterLane, type Lane, leaveLane } from '../../core/scheduling/lanes.js'
import type { SharedSlots } from '../../core/scheduling/shared-slots.js'
import { type Backoff, delayOf } from '../../model/backoff.js'
import { attempt, type Carried, firstOriginOf, hold, isStale, pass, release, settle } from '../../model/carried.js'
import { ConsumerError } from '../../model/consumer-error.js'
import { operatorId } from '../../model/operator-name.js'
import { AttemptContext } from './attempt-context.js'
import { slotsOf } from '../concurrency-limit.js'
import { isPermanent } from './failures.js'
import { GivingUp } from './giving-up.js'
import type { HandleOptions } from './handler.js'
import { HandlerRun, type Progress } from './handler-run.js'
import type { Handling, HandlingAtOnce } from './handling-kinds.js'
import { type LaneNames, laneNames } from './order-lanes.js'
import { Rests } from './rests.js'
import { TimeLimit } from './time-limit.js'
import { Work, type WorkGroup } from './work.js'
import { WorkGroups } from './work-groups.js'

/**
 * The machine of `handle`: what is to be done with each record, how many at once, in which order, how often, and what
 * becomes of it if that fails.
 *
 * A record is, in this order: waiting in its lane, ready, under way (a handler has it, and one place of its partition's
 * `concurrency`), resting (until its next attempt, or until it is written away), gone. Its lane is closed to those behind
 * it from being ready until it is gone; its place is free while it rests.
 */
export class HandlingRun<C extends Carried<unknown>, D extends Carried<unknown>> {
  private readonly what: Handling<C, D> | HandlingAtOnce<C, D>
  private readonly make: ((carried: C) => D | null) | null
  private readonly destination: Subscriber<D>
  private readonly options: HandleOptions<C>
  private readonly concurrency: number
  private readonly attempts: number
  private readonly givingUp: GivingUp<C>
  private readonly operator: number
  private readonly names: LaneNames<C>
  private readonly slots: SharedSlots | null
  private readonly limit: TimeLimit<Work<C>> | null
  private readonly rests: Rests<Work<C>>
  private readonly abort = new AbortController()
  private readonly live = new Set<Work<C>>()
  private readonly groups: WorkGroups<C>
  /** lanes whose names hold for all partitions */
  private readonly lanes = new Map<string, Lane<Work<C>>>()
  private readonly idleRuns: HandlerRun<Work<C>>[] = []
  private readonly dirty = new Set<WorkGroup<C>>()
  private pumping = false
  /** what comes while a handler that may answer at once has not answered yet */
  private readonly early: Work<C>[] = []
  private calling = false
  private completed = false
  private stopped = false

  constructor(what: Handling<C, D> | HandlingAtOnce<C, D>, options: HandleOptions<C>, destination: Subscriber<D>) {
    this.what = what
    this.make = 'make' in what ? what.make : null
    this.options = options
    this.destination = destination
    this.slots = slotsOf(options.limit)
    this.concurrency = options.concurrency ?? this.slots?.size ?? 1
    this.attempts = Math.max(1, options.retry?.attempts ?? 1)
    this.operator = operatorId(what.operator)
    this.names = laneNames(options.order ?? 'partition')
    this.rests = new Rests((work) => {
      this.again(work)
    })
    this.givingUp = new GivingUp(options.onFailure ?? 'fail', what.operator, {
      rest: (work, forMs) => {
        this.rest(work, forMs)
      },
      leave: (work) => {
        this.leave(work)
      },
      fail: (error) => {
        destination.error(error)
      }
    })
    this.groups = new WorkGroups(this.slots, (woken) => {
      this.pump(woken)
    })
    const { timeoutMs } = options
    this.limit = timeoutMs === undefined ? null : new TimeLimit(timeoutMs, (run) => { this.tookTooLong(run, timeoutMs) }) // prettier-ignore
  }

  arrived(carried: C): void {
    if (isStale(carried)) return
    if (this.live.size === 0 && !this.pumping && this.slots === null && !this.names.across) {
      if (this.make !== null) this.makeAtOnce(carried, this.make)
      else this.atOnce(carried)
    } else if (!this.calling) this.queue(this.enter(carried))
    else this.early.push(this.enter(carried))
  }

  sourceCompleted(): void {
    this.completed = true
    this.finishIfDone()
  }

  stop(): void {
    if (this.stopped) return
    this.stopped = true
    this.abort.abort()
    this.limit?.stop()
    this.rests.stop()
    for (const work of this.live) {
      work.taking?.unsubscribe()
      if (work.run !== null) this.abandon(work, work.run)
      this.givingUp.parking.takeBack(work)
      release(work.carried)
    }
    this.live.clear()
    this.givingUp.stop()
    this.groups.leave()
  }

  /** Nothing else is there: what is made within the call costs no bookkeeping at all. */
  private makeAtOnce(carried: C, make: (carried: C) => D | null): void {
    this.pumping = true
    this.calling = true
    let made: D | null
    try {
      made = make(carried)
    } catch (cause) {
      if (!this.stopped) this.failed(this.enterFirst(carried), cause)
      this.takeEarly()
      return
    }
    if (!this.stopped && !isStale(carried)) this.goesOn(carried, made)
    this.takeEarly()
  }

  /** Nothing else is there: a handler that answers at once costs as little. */
  private atOnce(carried: C): void {
    this.pumping = true
    this.calling = true
    const run = this.idleRun()
    const progress = this.call(run, carried, 1)
    if (this.stopped) run.abandon()
    else if (progress === 'succeeded') {
      const { result } = run
      this.idle(run)
      this.emit(carried, result)
    } else {
      this.underWay(this.enterFirst(carried), run)
      if (progress === 'failed') this.ended(run)
    }
    this.takeEarly()
  }

  /** What came within the call comes behind what was called for. */
  private takeEarly(): void {
    this.calling = false
    for (let work = this.early.shift(); work !== undefined; work = this.early.shift()) this.queue(work)
    this.pumpAll()
  }

  /** Nothing is before it, and it is at work already. */
  private enterFirst(carried: C): Work<C> {
    const work = this.enter(carried)
    work.lane = this.laneOf(work)
    work.attempt = 1
    work.group.active++
    return work
  }

  private enter(carried: C): Work<C> {
    hold(carried)
    const work = new Work(carried, this.groups.of(carried))
    this.live.add(work)
    return work
  }

  private laneOf(work: Work<C>): Lane<Work<C>> | null {
    const name = this.names.of(work.carried)
    return name === null ? null : enterLane(this.names.across ? this.lanes : work.group.lanes, name, work)
  }

  private queue(work: Work<C>): void {
    let lane: Lane<Work<C>> | null
    try {
      lane = this.laneOf(work)
    } catch (cause) {
      this.givingUp.giveUp(work, 'permanent', cause)
      return
    }
    work.lane = lane
    if (lane === null || lane.head === work) work.group.ready.push(work)
    else {
      // What belongs to a reading that is over does not hold up the present one.
      if (lane.head.isResting && isStale(lane.head.carried)) this.leave(lane.head)
      if (this.givingUp.parking.has(lane)) this.givingUp.parking.putAside(work)
    }
    this.pump(work.group)
  }

  private pump(group: WorkGroup<C>): void {
    this.dirty.add(group)
    // Handlers that answer at once come back here: the loop goes on with them, instead of nesting.
    if (this.pumping) return
    this.pumping = true
    this.pumpAll()
  }

  private pumpAll(): void {
    // An iteration over nothing costs as much as reading the record.
    if (this.dirty.size > 0)
      for (const group of this.dirty) {
        this.dirty.delete(group)
        this.begin(group)
      }
    this.pumping = false
    this.finishIfDone()
  }

  private begin(group: WorkGroup<C>): void {
    while (!this.stopped && group.ready.length > 0 && group.active < this.concurrency) {
      if (this.slots !== null && !this.slots.take(group)) return
      const work = group.ready.shift()
      if (work === undefined) return
      group.active++
      if (isStale(work.carried)) {
        this.makeRoom(group)
        this.leave(work)
      } else if (work.behind === null) this.start(work)
      else {
        this.makeRoom(group)
        this.givingUp.follow(work, work.behind)
      }
    }
  }

  private start(work: Work<C>): void {
    work.attempt++
    const run = this.idleRun()
    this.underWay(work, run)
    const progress = this.call(run, work.carried, work.attempt)
    if (this.stopped) run.abandon()
    else if (progress !== 'pending') this.ended(run)
  }

  private call(run: HandlerRun<Work<C>>, carried: C, number: number): Progress {
    const { what } = this
    if ('make' in what) return run.make(what.make, carried)
    const context = new AttemptContext(number, firstOriginOf(carried), this.abort.signal, this.limit !== null)
    return run.call(what, carried, context)
  }

  private underWay(work: Work<C>, run: HandlerRun<Work<C>>): void {
    run.work = work
    work.run = run
    attempt(work.carried, true)
    const origin = this.limit === null ? null : firstOriginOf(work.carried)
    if (origin !== null) this.limit?.began(run, origin.clock)
  }

  private abandon(work: Work<C>, run: HandlerRun<Work<C>>): void {
    const { carried } = work
    const ended = (): void => {
      attempt(carried, false)
    }
    run.work = work.run = null
    run.context?.end()
    // What was lost is at rest only when the last promise is: until then its member stays out of the group.
    if (isStale(carried)) run.abandon(ended)
    else {
      run.abandon()
      ended()
    }
  }

  /** An attempt has succeeded or failed. */
  private ended(run: HandlerRun<Work<C>>): void {
    const { work, state, result } = run
    if (work === null || this.stopped) return
    this.limit?.ended(run)
    run.work = work.run = null
    run.context?.end()
    this.idle(run)
    attempt(work.carried, false)
    if (state === 'succeeded') this.succeeded(work, result)
    else this.failed(work, result)
  }

  private tookTooLong(run: HandlerRun<Work<C>>, afterMs: number): void {
    const { work, context } = run
    if (work === null) return
    this.abandon(work, run)
    const cause = new ConsumerError({ _tag: 'TimeoutFault', what: 'the handler', afterMs })
    context?.expire(cause)
    this.failed(work, cause)
  }

  private succeeded(work: Work<C>, value: unknown): void {
    this.givingUp.succeeded(work)
    this.emit(work.carried, value)
    if (this.stopped) return
    this.makeRoom(work.group)
    this.leave(work)
  }

  private emit(carried: C, value: unknown): void {
    if (isStale(carried)) return
    const { what } = this
    this.goesOn(carried, 'make' in what ? (value as D | null) : what.result(carried, value))
  }

  private goesOn(carried: C, made: D | null): void {
    pass(carried, this.operator)
    if (made === null) settle(carried)
    else this.destination.next(made)
  }

  private failed(work: Work<C>, cause: unknown): void {
    const { retry } = this.options
    this.makeRoom(work.group)
    if (isStale(work.carried)) this.leave(work)
    else if (isPermanent(cause, work.carried, retry?.classify)) this.givingUp.giveUp(work, 'permanent', cause)
    else if (retry !== undefined && work.attempt < this.attempts) this.retry(work, retry.backoff)
    else this.givingUp.giveUp(work, 'exhausted', cause)
    this.pump(work.group)
  }

  private retry(work: Work<C>, backoff: Backoff): void {
    let inMs: number
    try {
      inMs = delayOf(backoff, work.attempt)
    } catch (cause) {
      this.givingUp.giveUp(work, 'permanent', cause)
      return
    }
    this.rest(work, inMs)
  }

  private rest(work: Work<C>, forMs: number): void {
    const origin = firstOriginOf(work.carried)
    if (origin === null) work.group.ready.putBack(work)
    else {
      work.isResting = true
      this.rests.add(work, forMs, origin.clock)
    }
  }

  /** It has waited long enough. */
  private again(work: Work<C>): void {
    if (!this.live.has(work)) return
    work.isResting = false
    // Ahead of what came later.
    work.group.ready.putBack(work)
    this.pump(work.group)
  }

  private makeRoom(group: WorkGroup<C>): void {
    group.active--
    this.slots?.give(group)
  }

  /** It is through: those ordered behind it go on. */
  private leave(work: Work<C>): void {
    if (!this.live.delete(work)) return
    const { lane, group } = work
    work.taking?.unsubscribe()
    this.givingUp.parking.takeBack(work)
    if (lane !== null) {
      this.givingUp.parking.goesOn(lane)
      const next = leaveLane(lane)
      if (next !== undefined) {
        next.group.ready.putBack(next)
        this.dirty.add(next.group)
      }
    }
    release(work.carried)
    if (!this.stopped) this.pump(group)
  }

  private finishIfDone(): void {
    // What is under way may be nowhere else than on the stack.
    if (this.completed && !this.stopped && !this.pumping && this.live.size === 0) this.destination.complete()
  }

  private idleRun(): HandlerRun<Work<C>> {
    return this.idleRuns.pop() ?? new HandlerRun(this.whenEnded)
  }

  // Not written where it is used: that would cost every call of `idleRun` a scope.
  private readonly whenEnded = (run: HandlerRun<Work<C>>): void => {
    this.ended(run)
  }

  private idle(run: HandlerRun<Work<C>>): void {
    run.context = run.carried = null
    if (run.isReusable) this.idleRuns.push(run)
  }
}

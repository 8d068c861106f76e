import type { Subscriber } from 'rxjs'
import { processing } from '../../internal/trace-channels.js'
import { type Carried, isStale, release } from '../../model/carried.js'
import type { RecordPlace } from '../../model/record-place.js'
import { Admission, type AdmissionHost } from './admission.js'
import { Attempts, type AttemptsHost, type GivenUp } from './attempts.js'
import type { FailureHost } from './failure-handling.js'
import type { AnyHandleOptions } from './handler.js'
import type { Handling, HandlingAtOnce } from './handling-kinds.js'
import { type LaneNames, laneNames } from './order-lanes.js'
import { HandlingOutcome } from './handling-outcome.js'
import { RetryTurns } from './retry-turns.js'
import type { Work, WorkGroup } from './work.js'

/**
 * The machine of `handle`, made of three parts: `Admission` decides which record may begin, `Attempts` calls the handler,
 * `Outcome` processes the result.
 *
 * A record goes through these states: waiting in its lane, ready, running (it has a handler and one place of its partition's
 * `concurrency`), waiting to retry (until its next attempt, or until its dead letter is written), gone. Until it is gone, the records
 * behind it in its lane cannot become ready; its place is free while it waits to retry.
 */
export class HandlingRun<C extends Carried<unknown>, D extends Carried<unknown>>
  implements AdmissionHost<C>, AttemptsHost<C>, FailureHost<C>
{
  private readonly make: ((carried: C) => D | null) | null
  private readonly destination: Subscriber<D>
  private readonly admission: Admission<C>
  private readonly attempts: Attempts<C, D>
  private readonly outcome: HandlingOutcome<C, D>
  private readonly names: LaneNames<C>
  /** for `retryLater` */
  private readonly turns: RetryTurns<C> | null
  /** records that arrive during a call of the handler */
  private readonly early: Work<C>[] = []
  private calling = false
  private completed = false
  private stopped = false

  constructor(what: Handling<C, D> | HandlingAtOnce<C, D>, options: AnyHandleOptions<C>, destination: Subscriber<D>) {
    processing.look()
    this.make = 'make' in what ? what.make : null
    this.destination = destination
    this.admission = new Admission(options, this)
    this.attempts = new Attempts(what, options, this)
    const { onFailure: policy, order = 'partition' } = options
    const isLater = typeof policy === 'object' && policy._tag === 'RetryLater'
    this.names = laneNames(order)
    this.turns = isLater ? new RetryTurns(policy, this.names, this) : null
    this.outcome = new HandlingOutcome(what, options, destination, this, this.turns)
  }

  arrived(carried: C): void {
    if (isStale(carried) || this.turns?.isPutOff(carried) === true) return
    if (this.calling) this.early.push(this.admission.enter(carried))
    else if (!this.mayPassBy(carried)) this.queue(this.admission.enter(carried))
    else if (this.make !== null) this.makeAtOnce(carried, this.make)
    else this.atOnce(carried)
  }

  /** Whether the record may begin without waiting for others. */
  private mayPassBy(carried: C): boolean {
    const { admission, turns } = this
    if (!admission.mayPassBy) return false
    if (turns === null) return admission.isIdle
    // Made once for both.
    const order = admission.isIdle && turns.isIdle(carried) ? null : this.names.hash(carried)
    return admission.hasRoomFor(carried, order) && turns.isFree(carried, order)
  }

  sourceCompleted(): void {
    this.completed = true
    this.idle()
  }

  stop(): void {
    if (this.stopped) return
    this.stopped = true
    this.attempts.stop()
    for (const work of this.admission.live) {
      this.attempts.abandon(work)
      this.outcome.failures.forget(work)
      release(work.carried)
    }
    this.admission.stop()
    this.outcome.failures.stop()
    this.turns?.stop()
  }

  /** Whether it is the record's turn. A record that was tried here keeps its turn. */
  turnOf(work: Work<C>): 'begin' | 'wait' | 'leave' {
    return this.turns === null || work.attempt > 0 ? 'begin' : this.turns.decide(work)
  }

  /** The record has a place: its next attempt begins. */
  start(work: Work<C>): void {
    this.attempts.start(work)
  }

  /** The record before it failed for good: this one gets the same treatment. */
  follow(work: Work<C>, behind: RecordPlace): void {
    this.outcome.failures.follow(work, behind)
  }

  succeeded(work: Work<C>, value: unknown): void {
    this.outcome.succeeded(work, value)
    if (this.stopped) return
    this.admission.makeRoom(work, {})
    this.leave(work)
  }

  failed(work: Work<C>, cause: unknown): void {
    const { group } = work
    this.admission.makeRoom(work, { failed: cause })
    if (isStale(work.carried)) this.leave(work)
    else this.attempts.retryAfter(work, cause)
    this.pump(group)
  }

  giveUp(work: Work<C>, why: GivenUp, cause: unknown): void {
    this.outcome.failures.giveUp(work, why, cause)
  }

  /** The record waits for its next attempt. */
  waitFor(work: Work<C>, forMs: number): void {
    this.attempts.waitFor(work, forMs)
  }

  /** The record's wait is over. */
  again(work: Work<C>): void {
    this.admission.again(work)
  }

  /** The record is done: those behind it in its lane continue. */
  leave(work: Work<C>): void {
    if (this.stopped || !this.admission.live.has(work)) return
    this.outcome.failures.forget(work)
    this.admission.leave(work)
  }

  /** The pipeline ends with this error. */
  fail(error: unknown): void {
    this.destination.error(error)
  }

  /** No record may begin for now: if none can arrive either, the run completes. */
  idle(): void {
    // A running record may exist only on the stack.
    if (this.completed && !this.stopped && !this.calling && this.admission.isIdle) this.destination.complete()
  }

  /** With no other record present, creating the value needs no bookkeeping. */
  private makeAtOnce(carried: C, make: (carried: C) => D | null): void {
    this.calling = true
    let made: D | null
    try {
      made = make(carried)
    } catch (cause) {
      this.goOn(() => {
        this.failed(this.admission.enterAtWork(carried), cause)
      })
      return
    }
    if (!this.stopped && !isStale(carried)) this.outcome.passOn(carried, made)
    this.called()
  }

  /** With no other record present, a handler that answers at once needs no bookkeeping. */
  private atOnce(carried: C): void {
    this.calling = true
    const run = this.attempts.passBy(carried)
    if (this.stopped) run.abandon()
    else if (run.state === 'succeeded') {
      this.outcome.emit(carried, this.attempts.taken(run))
      this.called()
    } else
      this.goOn(() => {
        this.attempts.goOn(this.admission.enterAtWork(carried), run)
      })
  }

  /** The handler finished within the call. */
  private called(): void {
    this.calling = false
    if (this.early.length > 0) this.goOn(() => undefined)
    else if (this.completed) this.idle()
  }

  /** The record is running, or has failed; records that arrived within the call follow it. */
  private goOn(enter: () => void): void {
    this.admission.suspend()
    if (!this.stopped) enter()
    this.calling = false
    for (let work = this.early.shift(); work !== undefined; work = this.early.shift()) this.queue(work)
    this.admission.resume()
  }

  private queue(work: Work<C>): void {
    let head: Work<C> | null
    try {
      head = this.admission.lineUp(work)
    } catch (cause) {
      this.giveUp(work, 'permanent', cause)
      return
    }
    if (head !== null) {
      // Records of an ended epoch must not delay current ones.
      if (head.isResting && isStale(head.carried)) this.leave(head)
      this.outcome.failures.linedUp(work)
    }
    this.pump(work.group)
  }

  private pump(group: WorkGroup<C>): void {
    this.admission.pump(group)
  }
}

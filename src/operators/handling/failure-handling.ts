import { Subscription } from 'rxjs'
import { delayOf } from '../../model/backoff.js'
import { type Carried, firstOriginOf, isStale, refuse, settle } from '../../model/carried.js'
import { ConsumerError } from '../../model/consumer-error.js'
import type { AnyOnFailure, ParkPolicy, RetryLaterPolicy, RetryMove } from '../../model/failure-policy.js'
import type { Fault } from '../../model/fault.js'
import type { RecordPlace } from '../../model/record-place.js'
import type { OperatorName } from '../../model/operator-name.js'
import { handlingFaultOf, recordPlaceOf, reportFailed, writeAway } from './failures.js'
import { Parking } from './parking.js'
import type { Following, RetryTurns } from './retry-turns.js'
import type { GivenUp } from './attempts.js'
import type { Work } from './work.js'

/** What to do with a record that failed for good. */
export interface FailureHost<C> {
  /** The record is retried after this wait. */
  waitFor(work: Work<C>, forMs: number): void
  /** The record is done. */
  leave(work: Work<C>): void
  /** The pipeline ends with this error. */
  fail(error: unknown): void
}

type LastPolicy = Exclude<AnyOnFailure, ParkPolicy | RetryLaterPolicy>

/** Handles records that failed for good, by the declared policy. */
export class FailureHandling<C extends Carried<unknown>> {
  private readonly parking: Parking<C>
  private readonly policy: AnyOnFailure
  /** for records that are not parked or retried later (any more) */
  private readonly last: LastPolicy
  private readonly operator: OperatorName
  private readonly host: FailureHost<C>
  private readonly turns: RetryTurns<C> | null
  /** ends the hold on the dead letters' writer, which lasts from the first letter to the end of the pipeline */
  private unhold: (() => void) | null = null

  constructor(policy: AnyOnFailure, operator: OperatorName, host: FailureHost<C>, turns: RetryTurns<C> | null) {
    const park = typeof policy === 'object' && policy._tag === 'Park' ? policy : null
    this.policy = policy
    this.last = typeof policy === 'object' && policy._tag !== 'DeadLetter' ? policy.then : policy
    this.turns = turns
    this.parking = new Parking(park?.records ?? 0, park?.bytes ?? 0)
    this.operator = operator
    this.host = host
  }

  giveUp(work: Work<C>, why: GivenUp, cause: unknown): void {
    const { policy } = this
    const fault = handlingFaultOf(work.carried, this.operator, work.attempt, cause)
    if (typeof policy === 'object' && policy._tag === 'Park') {
      if (isShared(work.carried)) {
        this.host.fail(unfit('park(…): a share group locks a record only for a while; use release, or retry'))
        return
      }
      if (why === 'exhausted' && work.asides < policy.retry.attempts) {
        this.park(work, policy, fault)
        return
      }
      // Records behind it at this moment get the same treatment, in order; later ones find an ordinary lane.
      const place = recordPlaceOf(work.carried)
      for (const follower of work.lane?.waiting ?? []) follower.behind = place
    }
    if (this.turns !== null && why === 'exhausted') this.move(work, fault, this.turns)
    else this.end(work, fault)
  }

  /** The record before it failed for good, and this one gets the same treatment. */
  follow(work: Work<C>, behind: RecordPlace): void {
    const fault = { _tag: 'PredecessorFailedFault', place: recordPlaceOf(work.carried), behind } as const
    if (this.turns === null) this.end(work, fault)
    else {
      const followers = this.turns.takeFollowers(work)
      if (followers.length === 0) this.move(work, fault, this.turns)
      else this.moveAll(work, followers, behind, this.turns)
    }
  }

  succeeded(work: Work<C>): void {
    const { carried, attempt: attempts } = work
    if (work.asides > 0 && !isStale(carried))
      firstOriginOf(carried)?.report({ _tag: 'resumed', ...recordPlaceOf(carried), attempts })
    this.parking.takeBack(work)
  }

  /** A record has entered a lane with others before it. */
  linedUp(work: Work<C>): void {
    if (work.lane !== null && this.parking.has(work.lane)) this.parking.putAside(work)
  }

  /** The record leaves, or the pipeline ends: cancels its writes. */
  forget(work: Work<C>): void {
    work.taking?.unsubscribe()
    for (const led of work.led) this.host.leave(led)
    this.parking.takeBack(work)
    if (work.lane !== null) this.parking.goesOn(work.lane)
  }

  /** The pipeline has ended. */
  stop(): void {
    this.unhold?.()
  }

  private park(work: Work<C>, { retry }: ParkPolicy, fault: Fault): void {
    let inMs: number
    try {
      inMs = delayOf(retry.backoff, ++work.asides, firstOriginOf(work.carried)?.clock)
    } catch (cause) {
      this.end(work, handlingFaultOf(work.carried, this.operator, work.attempt, cause))
      return
    }
    this.parking.putAsideWithAll(work)
    const { carried, attempt: attempts } = work
    if (work.asides === 1)
      firstOriginOf(carried)?.report({ _tag: 'parked', ...recordPlaceOf(carried), fault, attempts, inMs })
    this.host.waitFor(work, inMs)
  }

  /** Moves the record to the next retry topic. Gives it up after the last, or if no topic accepts it. */
  private move(work: Work<C>, fault: Fault, turns: RetryTurns<C>): void {
    const { host } = this
    const { carried } = work
    if (isShared(carried)) {
      host.fail(unfit('retryLater(…): a share group has no order to keep; use release, or retry'))
      return
    }
    work.isResting = true
    work.taking = turns.move(carried, fault, work.attempt).subscribe({
      next: (moved) => {
        if (moved === null) this.end(work, fault)
        else {
          this.moved(work, fault, moved)
          host.leave(work)
        }
      },
      error: (error: unknown) => {
        host.fail(error)
      }
    })
  }

  private moved({ carried, attempt: attempts }: Work<C>, fault: Fault, moved: RetryMove): void {
    firstOriginOf(carried)?.report({ _tag: 'retried later', ...recordPlaceOf(carried), fault, attempts, ...moved })
    settle(carried)
  }

  /** The head of a lane moves, and those behind it that follow the same record. */
  private moveAll(head: Work<C>, followers: readonly Work<C>[], behind: RecordPlace, turns: RetryTurns<C>): void {
    const all = [head, ...followers].map((work): Following<C> => {
      const place = recordPlaceOf(work.carried)
      return { work, fault: { _tag: 'PredecessorFailedFault', place, behind } }
    })
    const taking = new Subscription()
    head.isResting = true
    head.led = followers
    head.taking = taking
    taking.add(
      turns.moveAll(all).subscribe({
        next: (moves) => {
          head.led = []
          this.movedAll(head, all, moves)
          const [first] = all
          if (moves[0] === null && first !== undefined && !taking.closed) this.move(head, first.fault, turns)
        },
        error: (error: unknown) => {
          this.host.fail(error)
        }
      })
    )
  }

  private movedAll(head: Work<C>, all: readonly Following<C>[], moves: readonly (RetryMove | null)[]): void {
    const gone: Work<C>[] = []
    const others: Work<C>[] = []
    all.forEach(({ work, fault }, index) => {
      const moved = moves[index] ?? null
      if (moved !== null) {
        this.moved(work, fault, moved)
        gone.unshift(work)
      } else if (work !== head) others.unshift(work)
    })
    // They could not move with the others, and have their turn one by one.
    for (const work of others) {
      work.lane = head.lane
      work.isResting = false
      head.lane?.waiting?.putBack(work)
    }
    // The head comes last: the lane goes on when it leaves.
    for (const work of gone) this.host.leave(work)
  }

  /** It is settled as soon as it has reached its destination. */
  private end(work: Work<C>, fault: Fault): void {
    const { last, host } = this
    if (last === 'fail') {
      host.fail(new ConsumerError(fault))
      return
    }
    const gone = (): void => {
      settle(work.carried)
      host.leave(work)
    }
    if (last === 'release' || last === 'reject') {
      if (!isShared(work.carried)) host.fail(unfit(`'${last}': only a share group can; use skip or deadLetter(…)`))
      else {
        // Reported first: afterwards a branch of a `fanOut` does not know the record any more.
        reportFailed(last === 'release' ? 'released' : 'rejected', work.carried, fault)
        refuse(work.carried, last)
        host.leave(work)
      }
      return
    }
    if (last === 'skip') {
      reportFailed('skipped', work.carried, fault)
      gone()
      return
    }
    this.unhold ??= last.hold()
    work.isResting = true
    work.taking = writeAway({ carried: work.carried, fault, attempts: work.attempt }, last, this.turns).subscribe({
      error: (error: unknown) => {
        host.fail(error)
      },
      complete: gone
    })
  }
}

const isShared = (carried: Carried<unknown>): boolean => typeof firstOriginOf(carried)?.deliveryCount === 'number'

const unfit = (reason: string): ConsumerError =>
  new ConsumerError({ _tag: 'UsageFault', reason: `onFailure does not fit this consumer: ${reason}` })

import type { Observable, OperatorFunction, Subscriber } from 'rxjs'
import { clockCheckMs } from '../core/scheduling/clock-check-ms.js'
import { Fifo } from '../core/scheduling/fifo.js'
import type { AckOrigin } from '../model/acknowledgement.js'
import {
  type Carried,
  type CarriedOr,
  type Dropped,
  hold,
  isStale,
  pass,
  release,
  visitOrigins
} from '../model/carried.js'
import { type Cancel, longestTimer } from '../model/clock.js'
import { aFunction, problemsWith, refuseWrong } from '../model/check-arguments.js'
import { ConsumerError } from '../model/consumer-error.js'
import { operatorId } from '../model/operator-name.js'
import { recordPlaceOf } from './handling/failures.js'
import { type OperatorRun, throughRun } from './handling/through-run.js'

/**
 * Passes each record on once its time has come: a `Date`, or ms since 1970. Put it first in the pipeline.
 *
 * - Order: kept. A record that is not due holds up every later one of its partition, so use it for topics whose records
 *   are due in about the order in which they were written.
 * - Memory: a waiting partition keeps no record. It is not read until the record is due and all earlier ones are
 *   settled; then it is read again from that record on, so `time` is called once more for it. Within a `fanOut`, and
 *   for records of an aggregate, the records wait in memory instead, with their credit.
 * - Rebalances and restarts: a record that waits is not settled. Its next owner waits for the same time.
 * - Operators that collect records release them when the wait begins, as on a drain.
 * - A drain does not wait for records that are not due; its report counts one of them as repeated.
 * - `positions()` says when the next record is due (`heldUpBy`).
 * - Share groups: refused with a `UsageFault`. Their locks are renewed for `max.poll.interval.ms` at most, and a record
 *   whose lock ends is delivered again, and given up after `group.share.delivery.count.limit` (5) deliveries.
 * - Errors with a `HandlerFault` if `time` throws or returns anything but a time.
 *
 * @example
 * reminders.pipe(eachPartition((partition) =>
 *   partition.pipe(delayUntil(({ timestamp }) => timestamp + 3_600_000), handle(remind), commit())))
 */
export function delayUntil<C extends CarriedOr<Dropped>, D extends Carried<unknown> = C>(
  time: (carried: C) => number | Date
): (source: Observable<C> & Observable<D>) => Observable<D> {
  refuseWrong(problemsWith('delayUntil: time', time, aFunction))
  const delayed: OperatorFunction<C, C> = throughRun((destination) => new DelayRun(time, destination))
  // Each value that comes is a D; only its C part is used.
  return delayed as unknown as OperatorFunction<D, D>
}

const operator = operatorId('delayUntil')

class DelayRun<C extends CarriedOr<Dropped>> implements OperatorRun<C> {
  private readonly time: (carried: C) => number | Date
  private readonly destination: Subscriber<C>
  /** the epoch that waits for a record: its later records are dropped here, since they are delivered again */
  private postponed: AckOrigin | null = null
  /** records whose source cannot deliver them again */
  private readonly kept = new Fifo<{ readonly carried: C; readonly origin: AckOrigin; readonly at: number }>()
  private timer: Cancel | null = null
  private completed = false

  constructor(time: (carried: C) => number | Date, destination: Subscriber<C>) {
    this.time = time
    this.destination = destination
  }

  arrived(carried: C): void {
    if (isStale(carried)) return
    const visited: { readonly origin: AckOrigin; readonly seq: number }[] = []
    visitOrigins(carried, (origin, seq) => visited.push({ origin, seq }))
    const [first] = visited
    if (first === undefined) {
      this.destination.next(carried)
      return
    }
    const { origin, seq } = first
    if (origin.deliveryCount !== null) {
      this.destination.error(new ConsumerError({ _tag: 'UsageFault', reason: notShared }))
      return
    }
    if (origin === this.postponed) {
      origin.postpone(seq, 0)
      return
    }
    const at = this.timeOf(carried)
    if (at === null) return
    const inMs = at - origin.clock.wallTime()
    if (inMs <= 0 && this.kept.length === 0) this.passOn(carried)
    else if (visited.length === 1 && this.kept.length === 0 && origin.postpone(seq, Math.min(inMs, longestTimer))) {
      this.postponed = origin
      origin.heldUp(heldUntil(at))
    } else this.keep(carried, origin, at)
  }

  sourceCompleted(): void {
    this.completed = true
    if (this.kept.length === 0) this.destination.complete()
  }

  stop(): void {
    this.timer?.()
    for (let next = this.kept.shift(); next !== undefined; next = this.kept.shift()) release(next.carried)
  }

  private passOn(carried: C): void {
    pass(carried, operator)
    this.destination.next(carried)
  }

  private timeOf(carried: C): number | null {
    let cause: unknown
    try {
      const time = this.time(carried)
      const at = typeof time === 'object' ? time.getTime() : time
      if (typeof at === 'number' && !Number.isNaN(at)) return at
      cause = new TypeError('the time of the record is neither a Date nor a number of ms since 1970')
    } catch (thrown) {
      cause = thrown
    }
    const place = recordPlaceOf(carried)
    this.destination.error(
      new ConsumerError({ _tag: 'HandlerFault', operator: 'delayUntil', place, attempt: 1, cause })
    )
    return null
  }

  private keep(carried: C, origin: AckOrigin, at: number): void {
    hold(carried)
    this.kept.push({ carried, origin, at })
    if (this.kept.length === 1) this.arm(origin, at)
  }

  private arm(origin: AckOrigin, at: number): void {
    origin.heldUp(heldUntil(at))
    const inMs = Math.min(Math.max(0, at - origin.clock.wallTime()), clockCheckMs)
    this.timer = origin.clock.schedule(inMs, () => {
      origin.heldUp(null)
      this.passOnDue()
    })
  }

  private passOnDue(): void {
    for (let next = this.kept.peek(); next !== undefined; next = this.kept.peek()) {
      const { carried, origin, at } = next
      if (!isStale(carried) && at > origin.clock.wallTime()) {
        this.arm(origin, at)
        return
      }
      this.kept.shift()
      if (!isStale(carried)) this.passOn(carried)
      release(carried)
    }
    if (this.completed) this.destination.complete()
  }
}

const notShared = 'delayUntil: a share group locks a record only for a while, so it cannot wait; use a consumer group'
const heldUntil = (at: number): string => `the next record is due at ${String(Math.round(at))} (ms since 1970)`

import { type Either, isLeft } from 'fp-ts/lib/Either.js'
import { Observable, Subscription } from 'rxjs'
import { backoffDelay } from '../core/scheduling/backoff-delay.js'
import type { Clock } from '../model/clock.js'
import type { ConsumerEvent } from '../model/consumer-event.js'
import type { FailedRecord } from '../model/failure-policy.js'
import type { Fault } from '../model/fault.js'
import { faultClass } from '../model/fault-class.js'
import type { Cluster } from '../ports/cluster.js'
import type { OutgoingRecord, WrittenRecord } from '../ports/producer-session.js'
import type { Step } from '../ports/step.js'
import { consumerWaits } from './consumer-waits.js'
import { sendRecords } from './send-records.js'
import { useProducer } from './shared-producer.js'

/**
 * Settings that send each record alone, since waiting for others would only delay it. A wait longer than `delivery.timeout.ms`
 * is reported.
 */
export const oneByOne = /*#__PURE__*/ Object.freeze({
  'linger.ms': 0,
  'request.timeout.ms': 10_000,
  'delivery.timeout.ms': 10_000
})
const retryMs = { initial: 100, max: 10_000 }

/** What to write for a failed record, and the text of the event while that fails. */
export interface Writing {
  readonly failed: FailedRecord
  readonly topic: string
  readonly what: string
  /** Whether to try at once with another record, which `made` returns from then on. */
  readonly mayChange?: (fault: Fault) => boolean
  /** Why an attempt failed that was made already. */
  readonly before?: Fault
  /**
   * Called once, with the last answer or null. It is called after an unsubscription too, since what was sent may still be
   * written.
   */
  readonly outcome?: (answer: Either<Fault, readonly WrittenRecord[]> | null) => void
}

/** Writes a record until all replicas in sync have it, or until it is certain that it can never be written. */
export const untilWritten = (
  cluster: Cluster,
  made: () => OutgoingRecord,
  { failed, topic, what, mayChange = () => false, before, outcome }: Writing
): Step<readonly WrittenRecord[]> =>
  new Observable((subscriber) => {
    const { session, release } = useProducer(cluster, oneByOne)
    const waits = new ReportedWaits(cluster.clock, failed)
    let failures = 0
    let isSent = false
    let isOver = false
    let current = new Subscription()
    const attempt = (): void => {
      isSent = true
      current = sendRecords(session, [made()], failed.record).subscribe((answer) => {
        isSent = false
        if (subscriber.closed) {
          outcome?.(answer)
          release()
        } else if (isLeft(answer) && mayChange(answer.left)) attempt()
        else if (!isLeft(answer) || faultClass(answer.left) !== 'retriable') {
          waits.end()
          outcome?.(answer)
          isOver = true
          subscriber.next(answer)
          subscriber.complete()
        } else again(answer.left)
      })
    }
    const again = (fault: Fault): void => {
      failures++
      const inMs = backoffDelay(failures, retryMs.initial, retryMs.max, cluster.random)
      waits.report({ _tag: 'waiting', reason: what, fault, inMs })
      current = new Subscription(cluster.clock.schedule(inMs, attempt))
    }
    subscriber.add(
      consumerWaits(session, topic).subscribe((event) => {
        waits.report(event)
      })
    )
    subscriber.add(() => {
      waits.end()
      if (isSent && outcome !== undefined) return
      current.unsubscribe()
      if (!isOver) outcome?.(null)
      release()
    })
    if (before === undefined) attempt()
    else again(before)
  })

/** What a record waits for: each wait that is reported has an end. */
export class ReportedWaits {
  private readonly clock: Clock
  private readonly failed: FailedRecord
  private readonly since = new Map<string, number>()

  constructor(clock: Clock, failed: FailedRecord) {
    this.clock = clock
    this.failed = failed
  }

  report(event: ConsumerEvent): void {
    if (event._tag === 'waiting' && !this.since.has(event.reason)) this.since.set(event.reason, this.clock.now())
    if (event._tag === 'recovered' && event.from === 'waiting') this.since.delete(event.what)
    this.failed.report?.(event)
  }

  /** The record is written, or will not be. */
  end(): void {
    for (const [what, since] of this.since)
      this.failed.report?.({ _tag: 'recovered', from: 'waiting', what, afterMs: this.clock.now() - since })
    this.since.clear()
  }
}

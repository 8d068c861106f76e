import type { ConsumerEvent } from '../../model/consumer-event.js'
import type { Cancel, Clock } from '../../model/clock.js'
import { operatorNames } from '../../model/operator-name.js'
import type { TopicPartition } from '../../model/topic-partition.js'
import type { DeliveryEpoch } from './delivery-epoch.js'

/** No credit and nothing held for this long: no record will ever be acknowledged. */
const starvedAfterMs = 1_000
/** While the partition has run out of credit, collecting operators are asked this often to release what they hold. */
const flushEveryMs = 100
/** A record that is neither held nor settled was most likely swallowed. */
const unsettledAfterMs = 60_000
const notSubscribedAfterMs = 10_000
/** A handler that has not returned for this long, or records of which none was ever acknowledged. */
const slowAfterMs = 10_000
/** How often within `max.poll.interval.ms` progress is checked. */
const stallSamples = 10

/** What the watch reads from the partition. */
export interface WatchedPartition extends TopicPartition {
  readonly clock: Clock
  readonly epoch: DeliveryEpoch | null
  /** Whether delivery has stopped for want of credit. */
  readonly isBlocked: boolean
  /** It has made no progress for this long. */
  stalled(forMs: number): void
  report(event: ConsumerEvent): void
}

/**
 * Notices that a partition makes no progress, and reports why: the events `starved`, `unsettled`, `stalled` and
 * `not subscribed`. Each timer is armed only while its event can still happen.
 */
export class PartitionWatch {
  private readonly watched: WatchedPartition
  private readonly maxInFlight: number
  private readonly maxPollIntervalMs: number
  private starving: Cancel | null = null
  private flushing: Cancel | null = null
  private ageing: Cancel | null = null
  private subscribing: Cancel | null = null
  private stalling: Cancel | null = null
  private slowing: Cancel | null = null
  private slowReported = false
  private reportedUnsettled = -1

  constructor(watched: WatchedPartition, maxInFlight: number, maxPollIntervalMs: number) {
    this.watched = watched
    this.maxInFlight = maxInFlight
    this.maxPollIntervalMs = maxPollIntervalMs
  }

  /** The stream was emitted. */
  emitted(): void {
    this.subscribing = this.watched.clock.schedule(notSubscribedAfterMs, () => {
      this.watched.report({ _tag: 'not subscribed', topic: this.watched.topic, partition: this.watched.partition })
    })
  }

  /** A new epoch has begun: observations of the former one do not count. */
  began(): void {
    this.stop()
    this.reportedUnsettled = -1
    this.slowReported = false
  }

  /** Records were delivered. */
  delivered(epoch: DeliveryEpoch): void {
    if (this.stalling === null) this.armStall(epoch, epoch.moves, 0)
    if (this.slowing === null) this.armSlow(epoch, epoch.moves)
    if (this.ageing !== null) return
    this.ageing = this.watched.clock.schedule(unsettledAfterMs, () => {
      this.ageing = null
      this.checkAge(epoch)
    })
  }

  /** A record after the first unsettled one was settled. */
  overtaken(epoch: DeliveryEpoch): void {
    if (epoch.ledger.overtaking >= this.maxInFlight / 2) this.reportUnsettled(epoch)
  }

  /** Delivery has stopped for want of credit. */
  blocked(epoch: DeliveryEpoch): void {
    this.armFlush(epoch)
    this.armStarved(epoch)
    // Last: it may return the credit within the call.
    if (epoch.ledger.heldCount > 0) epoch.flush()
  }

  /** Credit is back. */
  unblocked(): void {
    this.starving?.()
    this.flushing?.()
    this.starving = this.flushing = null
  }

  stop(): void {
    this.unblocked()
    this.ageing?.()
    this.subscribing?.()
    this.stalling?.()
    this.slowing?.()
    this.ageing = this.subscribing = this.stalling = this.slowing = null
  }

  /**
   * A partition is stalled when it has had no progress (a settlement, or the beginning or end of an attempt) for that
   * long, though an attempt is running or nothing more can be delivered. A partition that only waits for more records
   * is not stalled.
   */
  private armStall(epoch: DeliveryEpoch, moves: number, still: number): void {
    const everyMs = this.maxPollIntervalMs / stallSamples
    this.stalling = this.watched.clock.schedule(everyMs, () => {
      this.stalling = null
      if (epoch.ended || epoch.ledger.unsettled === 0) return
      // Records that an operator holds back on purpose do not count as stuck.
      const isStuck = epoch.attempts > 0 || (this.watched.isBlocked && epoch.heldUpBy === null)
      const hasStopped = epoch.moves === moves && isStuck
      if (hasStopped && still + 1 >= stallSamples) this.watched.stalled((still + 1) * everyMs)
      else this.armStall(epoch, epoch.moves, hasStopped ? still + 1 : 0)
    })
  }

  /** Long before it counts as stalled: reported once, and again when it has progressed and stopped again. */
  private armSlow(epoch: DeliveryEpoch, moves: number): void {
    this.slowing = this.watched.clock.schedule(slowAfterMs, () => {
      this.slowing = null
      const { ledger } = epoch
      if (epoch.ended || ledger.unsettled === 0) return
      if (epoch.moves !== moves) this.slowReported = false
      else if (!this.slowReported) this.reportSlow(epoch)
      this.armSlow(epoch, epoch.moves)
    })
  }

  private reportSlow(epoch: DeliveryEpoch): void {
    const { ledger } = epoch
    const { topic, partition } = this.watched
    this.slowReported = true
    const { inFlight } = ledger
    const offset = ledger.offsetOf(ledger.firstUnsettled)
    if (epoch.attempts > 0)
      this.watched.report({ _tag: 'slow', topic, partition, offset, forMs: slowAfterMs, inFlight })
    // Less than there is credit for, so it has not stopped for want of credit.
    else if (ledger.settledCount === 0 && ledger.heldCount === 0 && !this.watched.isBlocked) this.reportStarved(epoch)
  }

  private armFlush(epoch: DeliveryEpoch): void {
    this.flushing = this.watched.clock.schedule(flushEveryMs, () => {
      if (epoch.ledger.heldCount > 0) {
        epoch.flush()
        this.armFlush(epoch)
      } else this.flushing = null
    })
  }

  private armStarved(epoch: DeliveryEpoch): void {
    this.starving = this.watched.clock.schedule(starvedAfterMs, () => {
      this.starving = null
      // Held records may be released, and be swallowed then: check again.
      if (epoch.ledger.heldCount > 0) this.armStarved(epoch)
      else this.reportStarved(epoch)
    })
  }

  private reportStarved(epoch: DeliveryEpoch): void {
    const { topic, partition } = this.watched
    this.watched.report({
      _tag: 'starved',
      topic,
      partition,
      inFlight: epoch.ledger.inFlight,
      advice: 'records are delivered but never acknowledged: put ack() or commit() last in the pipeline'
    })
  }

  private checkAge(epoch: DeliveryEpoch): void {
    const { ledger } = epoch
    if (epoch.ended || ledger.unsettled === 0) return
    const age = this.watched.clock.now() - ledger.deliveredAt(ledger.firstUnsettled)
    if (age >= unsettledAfterMs) this.reportUnsettled(epoch)
    const inMs = age >= unsettledAfterMs ? unsettledAfterMs : unsettledAfterMs - age
    this.ageing = this.watched.clock.schedule(inMs, () => {
      this.ageing = null
      this.checkAge(epoch)
    })
  }

  private reportUnsettled(epoch: DeliveryEpoch): void {
    const { ledger } = epoch
    const seq = ledger.firstUnsettled
    // A held record is being processed: slow, not swallowed.
    if (seq === this.reportedUnsettled || ledger.isHeld(seq)) return
    this.reportedUnsettled = seq
    this.watched.report({
      _tag: 'unsettled',
      topic: this.watched.topic,
      partition: this.watched.partition,
      offset: ledger.offsetOf(seq),
      ageMs: this.watched.clock.now() - ledger.deliveredAt(seq),
      lastOperator: operatorNames[ledger.lastOperator(seq)] ?? 'source',
      overtakenBy: ledger.overtaking
    })
  }
}

import type { ConsumerEvent } from '../../model/consumer-event.js'
import type { Cancel, Clock } from '../../model/clock.js'
import { operatorNames } from '../../model/operator-name.js'
import type { TopicPartition } from '../../model/topic-partition.js'
import type { DeliveryEpoch } from './delivery-epoch.js'

/** With no credit and nothing held for this long, no record will ever be acknowledged. */
const starvedAfterMs = 1_000
/** How often collecting operators are asked to flush while the partition has no credit. */
const flushEveryMs = 100
/** A record that is neither held nor settled was most likely swallowed. */
const unsettledAfterMs = 60_000
const notSubscribedAfterMs = 10_000
/** A handler that has not returned for this long, or records of which none was ever acknowledged, counts as slow. */
const slowAfterMs = 10_000
/** How often progress is checked within `max.poll.interval.ms`. */
const stallSamples = 10

/** The part of the partition that the watch reads. */
export interface WatchedPartition extends TopicPartition {
  readonly clock: Clock
  readonly epoch: DeliveryEpoch | null
  /** Whether delivery has stopped for lack of credit. */
  readonly isBlocked: boolean
  /** The partition has made no progress for this long. */
  stalled(forMs: number): void
  report(event: ConsumerEvent): void
}

/**
 * Notices that a partition makes no progress, and reports why: the events `starved`, `unsettled`, `stalled` and `not
 * subscribed`. A timer is armed only while its event can still happen.
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

  /** A new epoch has begun: forgets observations of the former one. */
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

  /** The pipeline has ended with its stream. */
  ranOut(epoch: DeliveryEpoch): void {
    if (epoch.ledger.unsettled > 0) this.reportUnsettled(epoch)
  }

  /** Delivery has stopped for lack of credit. */
  blocked(epoch: DeliveryEpoch): void {
    this.armFlush(epoch)
    this.armStarved(epoch)
    // Last, since it may return credit within the call.
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
   * A partition is stalled if it makes no progress (a settlement, or the beginning or end of an attempt) for this long, though
   * an attempt is running or no more records can be delivered. A partition that only waits for records is not stalled.
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

  /** Reports a slow partition long before it counts as stalled: once, and again after it has progressed and stopped. */
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
    // Fewer records than the credit allows, so delivery has not stopped for lack of credit.
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
      // Held records may be released and then swallowed: check again.
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

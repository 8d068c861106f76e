import type { ConsumerEvent } from '../../model/consumer-event.js'
import type { Cancel, Clock } from '../../model/clock.js'
import { operatorNames } from '../../model/operator-name.js'
import type { TopicPartition } from '../../model/topic-partition.js'
import type { DeliveryEpoch } from './delivery-epoch.js'

/** No credit and nothing held for so long: nothing will ever be acknowledged. */
const starvedAfterMs = 1_000
/** A collecting operator is asked again for what it holds while the partition stands for want of credit. */
const flushEveryMs = 100
/** A record that no operator holds and nobody settles was most likely swallowed. */
const unsettledAfterMs = 60_000
const notSubscribedAfterMs = 10_000
/** A handler that has not come back for so long, or records of which none was ever acknowledged. */
const slowAfterMs = 10_000
/** How often within `max.poll.interval.ms` it is looked whether anything moves. */
const stallSamples = 10

/** What the watch reads of the partition. */
export interface WatchedPartition extends TopicPartition {
  readonly clock: Clock
  readonly epoch: DeliveryEpoch | null
  /** Whether delivery stands for want of credit. */
  readonly isBlocked: boolean
  /** Nothing has moved for so long. */
  stalled(forMs: number): void
  report(event: ConsumerEvent): void
}

/**
 * Notices that a partition stands, and says why: the events `starved`, `unsettled`, `stalled` and `not subscribed`.
 * Each timer is armed only while what it waits for can still happen.
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
  private toldSlow = false
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

  /** A new epoch has begun: what was noticed of the former does not count. */
  began(): void {
    this.stop()
    this.reportedUnsettled = -1
    this.toldSlow = false
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

  /** A later record was settled than the first unsettled one. */
  overtaken(epoch: DeliveryEpoch): void {
    if (epoch.ledger.overtaking >= this.maxInFlight / 2) this.reportUnsettled(epoch)
  }

  /** Delivery stands for want of credit. */
  blocked(epoch: DeliveryEpoch): void {
    this.armFlush(epoch)
    this.armStarved(epoch)
    // Last: it may bring the credit back within the call.
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
   * A partition is stalled when no settlement and no beginning or end of an attempt has moved it for that long, though an
   * attempt is under way or nothing more can be delivered. One that only waits for more records is not.
   */
  private armStall(epoch: DeliveryEpoch, moves: number, still: number): void {
    const everyMs = this.maxPollIntervalMs / stallSamples
    this.stalling = this.watched.clock.schedule(everyMs, () => {
      this.stalling = null
      if (epoch.ended || epoch.ledger.unsettled === 0) return
      // What an operator holds back on purpose stands by itself.
      const isStuck = epoch.attempts > 0 || (this.watched.isBlocked && epoch.heldUpBy === null)
      const stands = epoch.moves === moves && isStuck
      if (stands && still + 1 >= stallSamples) this.watched.stalled((still + 1) * everyMs)
      else this.armStall(epoch, epoch.moves, stands ? still + 1 : 0)
    })
  }

  /** Long before it counts as stalled: what stands still is told once, and again when it has moved and stands anew. */
  private armSlow(epoch: DeliveryEpoch, moves: number): void {
    this.slowing = this.watched.clock.schedule(slowAfterMs, () => {
      this.slowing = null
      const { ledger } = epoch
      if (epoch.ended || ledger.unsettled === 0) return
      if (epoch.moves !== moves) this.toldSlow = false
      else if (!this.toldSlow) this.reportSlow(epoch)
      this.armSlow(epoch, epoch.moves)
    })
  }

  private reportSlow(epoch: DeliveryEpoch): void {
    const { ledger } = epoch
    const { topic, partition } = this.watched
    this.toldSlow = true
    const { inFlight } = ledger
    const offset = ledger.offsetOf(ledger.firstUnsettled)
    if (epoch.attempts > 0)
      this.watched.report({ _tag: 'slow', topic, partition, offset, forMs: slowAfterMs, inFlight })
    // Less than there is credit for, so that it does not stand for want of it.
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
      // Held records may come free, and be swallowed then: look again.
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
    // A held record is being worked on: slow, not swallowed.
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

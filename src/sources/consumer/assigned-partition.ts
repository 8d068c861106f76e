import type { Subscriber } from 'rxjs'
import type { OffsetAndEpoch } from '../../core/partition/offset-and-epoch.js'
import { PartitionLifecycle } from '../../core/partition/partition-lifecycle.js'
import type { EndTimer, PartitionEffect, PartitionEvent } from '../../core/partition/partition-messages.js'
import { subscribesTo } from '../../config/subscription.js'
import { setPipelineHooks } from '../../internal/pipeline-hooks.js'
import { policiesDownstream } from '../../internal/commit-policies.js'
import { afterAcknowledging } from '../../model/acknowledge-together.js'
import type { Clock } from '../../model/clock.js'
import { ConsumerError } from '../../model/consumer-error.js'
import type { ConsumerEvent } from '../../model/consumer-event.js'
import type { ConsumerRecord } from '../../model/consumer-record.js'
import type { PartitionPosition } from '../../model/partition-position.js'
import type { PartitionStream } from '../../model/partition-stream.js'
import type { PartitionDrainReport } from '../../model/rebalance-event.js'
import type { UnreadableFault } from '../../model/record-run.js'
import type { TopicPartition } from '../../model/topic-partition.js'
import type { DeliveryEpoch } from './delivery-epoch.js'
import type { PartitionContext } from './partition-context.js'
import { hooksOf } from './hooks-of.js'
import { PartitionCommits } from './partition-commits.js'
import { type DeliveryHost, PartitionDelivery } from './partition-delivery.js'
import { positionOf } from './position-of.js'
import { partitionStream } from './partition-stream.js'
import { ScheduledTasks } from './scheduled-tasks.js'
import { Postponement } from './postponement.js'
import { PartitionWatch, type WatchedPartition } from './partition-watch.js'

const wasDelivered = { _tag: 'delivered' } as const

/**
 * One assignment of one partition, from its beginning to its release. The lifecycle decides; this class performs its effects on
 * the stream, the timers of its end, and the signal. Delivery and commits have classes of their own.
 */
export class AssignedPartition implements DeliveryHost, WatchedPartition {
  readonly topic: string
  readonly partition: number
  readonly stream: PartitionStream
  readonly commits: PartitionCommits
  readonly delivery: PartitionDelivery
  private readonly life: PartitionLifecycle
  private readonly context: PartitionContext<AssignedPartition>
  private readonly watch: PartitionWatch
  private readonly postponement: Postponement
  private readonly abortController = new AbortController()
  /** for the end of the assignment */
  private readonly timers: ScheduledTasks
  private readonly lookIfDrained = (): void => {
    this.handle({ _tag: 'settled' })
  }

  constructor(place: TopicPartition, context: PartitionContext<AssignedPartition>, paused: boolean) {
    this.topic = place.topic
    this.partition = place.partition
    this.context = context
    const committable = (): OffsetAndEpoch => this.life.reading.committable ?? { offset: 0n, leaderEpoch: -1 }
    this.commits = new PartitionCommits(place, context.settings, context.commits, committable)
    this.life = new PartitionLifecycle(this.commits, paused)
    this.watch = new PartitionWatch(this, context.settings.maxInFlight, context.settings.rebalanceTimeoutMs)
    this.delivery = new PartitionDelivery(this, this.life, this.watch, context)
    this.timers = new ScheduledTasks(context.clock)
    this.postponement = new Postponement({
      clock: context.clock,
      stopFetching: () => this.handle({ _tag: 'postponed' }),
      continue: () => this.handle({ _tag: 'resumed', subscription: this.life.pipeline.subscription })
    })
    this.stream = partitionStream(place, this.signal, (subscriber) => this.subscribed(subscriber))
    setPipelineHooks(this.stream, hooksOf(this, this.life, context))
  }

  get groupId(): string | null {
    return this.context.settings.groupId
  }
  get clock(): Clock {
    return this.context.clock
  }
  get signal(): AbortSignal {
    return this.abortController.signal
  }
  get epoch(): DeliveryEpoch | null {
    return this.delivery.epoch
  }
  get cursor(): number {
    return this.life.reading.cursor
  }
  get isLive(): boolean {
    return this.life.isLive
  }
  get takesOffsets(): boolean {
    return this.life.takesOffsets && !this.commits.isOver
  }
  /** Whether its end was requested, or is over. */
  get isEnding(): boolean {
    return this.life.isEnding
  }
  /** Null until the start is known. */
  get position(): bigint | null {
    return this.life.reading.position
  }
  get isBlocked(): boolean {
    return this.delivery.isBlocked
  }
  /** Whether no handler is known to be running on its records, though an operator acknowledges them. */
  get isAtRest(): boolean {
    const { epoch } = this
    return epoch !== null && epoch.attempts === 0 && epoch.ledger.settledCount > 0
  }
  /** True while there is a subscriber, or if there was one when a drain completed the stream. */
  get hasListener(): boolean {
    return this.life.pipeline.isThere
  }

  /** Whether this lookup is the newest and waits for its answer. */
  awaits(cursor: number): boolean {
    return this.life.awaits(cursor)
  }

  /** The stream will be emitted next. */
  emitted(): void {
    if (!this.life.pipeline.wasSubscribed && this.isLive) this.watch.emitted()
  }

  deliveredWhileDraining(): void {
    this.handle(wasDelivered)
  }

  settled(epoch: DeliveryEpoch): void {
    this.context.commits.settled(this.commits.offsets)
    this.delivery.settled(epoch)
    this.postponement.look(epoch)
    // After the whole batch, so that an offset committed with this record is handed over first.
    if (this.life.isDraining) afterAcknowledging(this.lookIfDrained)
  }

  released(epoch: DeliveryEpoch): void {
    this.delivery.released(epoch)
    if (this.life.isDraining) this.lookIfDrained()
  }

  passedOver(): void {
    this.commits.moved()
  }

  unreadable(fault: UnreadableFault): void {
    this.context.unreadable(this, fault)
  }

  reads(topic: string): boolean {
    return subscribesTo(this.context.settings.subscription, topic)
  }

  postpone(epoch: DeliveryEpoch, seq: number, inMs: number): void {
    if (epoch === this.epoch && this.isLive) this.postponement.begin(epoch, seq, inMs)
  }

  report(event: ConsumerEvent): void {
    this.context.report(event)
  }

  stalled(forMs: number): void {
    this.context.stalled(this, forMs)
  }

  cameToRest(epoch: DeliveryEpoch): void {
    if (epoch === this.epoch) this.context.cameToRest(this)
  }

  /** Handles an event and performs its effects. */
  handle(event: PartitionEvent): readonly PartitionEffect[] {
    const effects = this.life.handle(event, this.clock.now())
    const isLast = isEnd(effects.at(-1))
    for (const effect of effects) {
      // An effect may end the assignment: the remaining effects are dropped then.
      if (!isLast && this.life.isReleased) break
      // An earlier effect may have started another lookup.
      if (!('cursor' in effect) || effect.cursor === this.cursor) this.perform(effect)
    }
    return effects
  }

  /** The member has lost the partition, or gives it up because it is stalled. Null if it has ended before, or ends anyway. */
  lose(why: 'lost' | 'stalled'): PartitionDrainReport | null {
    const last = this.handle({ _tag: why }).at(-1)
    return last?._tag === 'lost' ? { topic: this.topic, partition: this.partition, ...last.report } : null
  }

  positionReport(): PartitionPosition {
    return positionOf(this, this.life, this.delivery, this.context)
  }

  private subscribed(subscriber: Subscriber<ConsumerRecord>): void {
    const { pipeline } = this.life
    const refuse = (why: string): void => {
      const reason = `the stream of ${this.topic}/${String(this.partition)} ${why}`
      subscriber.error(new ConsumerError({ _tag: 'UsageFault', reason }))
    }
    if (!this.isLive) {
      if (pipeline.subscribedLate()) subscriber.complete()
      else refuse('has ended, and is subscribed to again and again; give repeat() a count, or use batch()')
      return
    }
    if (pipeline.isSubscribed) {
      refuse('has a subscriber already; share() it, or use fanOut')
      return
    }
    this.delivery.subscribed(subscriber)
    this.commits.downstream(policiesDownstream())
    subscriber.add(() => {
      if (this.delivery.unsubscribed(subscriber)) this.handle({ _tag: 'unsubscribed' })
    })
    this.handle({ _tag: 'subscribed' })
  }

  private perform(effect: PartitionEffect): void {
    const { clock, commits, context, delivery, topic, partition } = this
    switch (effect._tag) {
      case 'locate':
        context.locate(this, effect.cursor, effect.position)
        break
      case 'discard':
        delivery.leaveOff()
        commits.moveOn()
        break
      case 'begin at':
      case 'commit start':
      case 'passed over':
        commits.perform(effect)
        break
      case 'begin epoch':
      case 'fetch from':
      case 'demand':
      case 'deliver':
      case 'stop fetching':
      case 'complete':
      case 'flush':
        delivery.perform(effect)
        break
      case 'resume later':
        clock.turn(() => this.handle({ _tag: 'resumed', subscription: effect.subscription }))
        break
      case 'report pipeline ended':
        this.report({ _tag: 'pipeline ended', topic, partition })
        break
      case 'fail':
        context.failed(effect.error)
        break
      case 'arm':
        this.arm(effect.abortInMs, effect.endInMs)
        break
      case 'abort':
        this.abortController.abort()
        break
      case 'commit':
        delivery.reportSwallowed()
        commits.commitLast(effect.trigger, () => this.handle({ _tag: 'commit answered' }))
        break
      case 'end epoch':
        this.timers.cancel()
        this.postponement.end()
        delivery.endEpoch()
        commits.end()
        break
      case 'release':
        context.session.release([{ topic, partition }])
        break
      case 'revoked':
        context.revoked(this, { topic, partition, ...effect.report })
        break
      case 'lost':
        // The caller has the report, and reports all lost partitions together.
        break
    }
  }

  private arm(abortInMs: number, endInMs: number): void {
    const due = (timer: EndTimer) => () => this.handle({ _tag: 'due', timer })
    this.timers.cancel()
    this.timers.after(abortInMs, due('abort'))
    this.timers.after(endInMs, due('end'))
  }
}

const isEnd = (effect: PartitionEffect | undefined): boolean => effect?._tag === 'revoked' || effect?._tag === 'lost'

import type { Subscriber } from 'rxjs'
import type { ConsumerSettings } from '../../config/consumer-config.js'
import { creditOf } from '../../core/credit.js'
import { setPipelineHooks } from '../../internal/pipeline-hooks.js'
import type { CommitHandle, CommitPolicy } from '../../model/acknowledgement.js'
import type { Clock } from '../../model/clock.js'
import { ConsumerError } from '../../model/consumer-error.js'
import type { ConsumerEvent } from '../../model/consumer-event.js'
import type { ConsumerRecord } from '../../model/consumer-record.js'
import type { PartitionPosition, Standing } from '../../model/partition-position.js'
import type { PartitionStream } from '../../model/partition-stream.js'
import type { PartitionDrainReport } from '../../model/rebalance-event.js'
import type { TopicPartition } from '../../model/topic-partition.js'
import type { ConsumerSession, FetchedRecords } from '../../ports/consumer-session.js'
import { partitionStream } from './partition-stream.js'
import type { RecordRun, UnreadableFault } from '../../model/record-run.js'
import type { CommitScheduler } from './commit-scheduler.js'
import { DeliveryEpoch, type EpochHost } from './delivery-epoch.js'
import { FlowCommits, type Frontier } from './flow-commits.js'
import { FlowIntake } from './flow-intake.js'
import { positionOf, type StandingFlow } from './flow-position.js'
import { FlowWatch, type WatchedFlow } from './flow-watch.js'

/** What a partition needs of the run it belongs to. */
export interface FlowContext {
  readonly clock: Clock
  readonly settings: ConsumerSettings
  readonly session: ConsumerSession
  readonly commits: CommitScheduler
  readonly report: (event: ConsumerEvent) => void
  /** Asks for a call of `deliver` on a later turn. */
  readonly schedule: (flow: PartitionFlow) => void
  /** How many bytes of a partition one fetch may bring. */
  readonly fetchBytes: () => number
  /** A pipeline failed: the consumer is to stop with this error. */
  readonly failed: (error: unknown) => void
  /** Nothing of it has moved for `max.poll.interval.ms`. */
  readonly stalled: (flow: PartitionFlow, forMs: number) => void
  /** What was given up because nothing of it moved has moved, and come to rest. */
  readonly cameToRest: (flow: PartitionFlow) => void
  /** The log cannot be read at the position. */
  readonly unreadable: (flow: PartitionFlow, fault: UnreadableFault) => void
}

type State = 'starting' | 'ready' | 'draining' | 'ended'
type Pipeline = 'unwatched' | 'running' | 'ended' | 'failed'

/**
 * One assignment of one partition, from being assigned to being given up: buffers what was fetched, delivers it while
 * there is credit, and knows when everything delivered is done with.
 */
export class PartitionFlow implements EpochHost, WatchedFlow, StandingFlow {
  readonly topic: string
  readonly partition: number
  readonly stream: PartitionStream
  readonly commits: FlowCommits
  epoch: DeliveryEpoch | null = null
  private readonly context: FlowContext
  private readonly abortController = new AbortController()
  private readonly watch: FlowWatch
  private readonly intake: FlowIntake
  private state: State = 'starting'
  private pipeline: Pipeline = 'unwatched'
  private subscriber: Subscriber<ConsumerRecord> | null = null
  private subscribedBefore = false
  private completedByDrain = false
  private start: Frontier | null = null
  private blocked = false
  private standsUnreadable = false
  private userPaused: boolean
  private logEnd: bigint | null = null
  private whenDrained: (() => void) | null = null

  constructor(partition: TopicPartition, context: FlowContext, paused: boolean) {
    this.topic = partition.topic
    this.partition = partition.partition
    this.context = context
    this.userPaused = paused
    this.intake = new FlowIntake(partition, context.session, context.fetchBytes)
    const committable = (): Frontier => this.frontier ?? { offset: 0n, leaderEpoch: -1 }
    this.commits = new FlowCommits(partition, context.settings, context.commits, committable)
    this.watch = new FlowWatch(this, context.settings.maxInFlight, context.settings.rebalanceTimeoutMs)
    this.stream = partitionStream(partition, this.abortController.signal, (subscriber) => this.subscribed(subscriber))
    setPipelineHooks(this.stream, {
      clock: context.clock,
      attached: () => {
        this.pipeline = 'running'
      },
      ended: () => {
        this.pipelineEnded()
      },
      failed: (error) => {
        this.pipeline = 'failed'
        this.intake.stop()
        context.failed(error)
        this.checkDrained()
      },
      mayRestart: () => this.state === 'starting' || this.state === 'ready',
      report: context.report
    })
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
  get cursor(): number {
    return this.intake.cursor
  }
  get isLive(): boolean {
    return this.state === 'starting' || this.state === 'ready'
  }
  /** Null until the start is known. */
  get position(): bigint | null {
    return this.epoch?.ledger.position ?? this.start?.offset ?? null
  }

  get isBlocked(): boolean {
    return this.blocked
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

  /**
   * Gives the assignment up without ending the pipeline: what it still works on is not acknowledged any more, and is let come
   * to rest.
   */
  giveUp(): void {
    this.halt()
    this.epoch?.end()
    this.commits.end()
  }

  /** The stream is about to be emitted. */
  emitted(): void {
    if (!this.subscribedBefore && this.isLive) this.watch.emitted()
  }

  /** The position to begin at is known. */
  begin(offset: bigint, leaderEpoch: number): void {
    if (this.state !== 'starting') return
    this.state = 'ready'
    this.start = { offset, leaderEpoch }
    if (this.subscriber !== null) this.openEpoch(offset, leaderEpoch)
  }

  /** Goes on elsewhere: what was delivered before counts no more. */
  seek(offset: bigint): void {
    if (!this.isLive) return
    this.state = 'ready'
    this.start = { offset, leaderEpoch: -1 }
    this.commits.rewind(offset)
    if (this.epoch !== null || this.subscriber !== null) this.openEpoch(offset, -1)
  }

  pause(paused: boolean): void {
    this.userPaused = paused
    if (!paused) this.context.schedule(this)
    this.updateDemand()
  }

  receive(fetched: FetchedRecords): void {
    if (fetched.cursor !== this.intake.cursor || this.state !== 'ready' || this.subscriber === null) return
    const { isolation } = this.context.settings
    this.logEnd = isolation === 'read_committed' ? fetched.lastStableOffset : fetched.highWatermark
    this.intake.push(fetched.run)
    this.updateDemand()
    this.context.schedule(this)
  }

  /** Delivers at most so many records; gives how many. */
  deliver(limit: number): number {
    const { settings, clock } = this.context
    const now = clock.now()
    let delivered = 0
    while (delivered < limit && this.canDeliver()) {
      const { subscriber, epoch } = this
      if (subscriber === null || epoch === null) break
      const credit = creditOf(settings, epoch.ledger)
      if (credit !== 'available') {
        this.block(epoch)
        break
      }
      const run = this.intake.current()
      if (run === null) break
      if (!run.advance()) {
        this.runEnded(run, epoch)
        continue
      }
      const seq = epoch.ledger.deliver(run.offsetFrom(epoch.ledger.base), now)
      epoch.leaderEpochs.entered(seq, run.recordEpoch)
      delivered++
      subscriber.next(run.record(epoch, seq))
    }
    if (delivered > 0 && this.epoch !== null) this.watch.delivered(this.epoch)
    return delivered
  }

  /** Whether another call of `deliver` might do something. */
  get hasWork(): boolean {
    return this.canDeliver() && !this.blocked && !this.intake.isEmpty
  }

  settled(epoch: DeliveryEpoch): void {
    this.commits.settled()
    if (epoch.ledger.overtaking > 0) this.watch.overtaken(epoch)
    if (this.blocked || this.state === 'draining') this.released(epoch)
  }

  released(epoch: DeliveryEpoch): void {
    if (this.blocked && creditOf(this.context.settings, epoch.ledger) === 'available') {
      this.blocked = false
      this.watch.unblocked()
      this.context.schedule(this)
    }
    if (this.state === 'draining') this.checkDrained()
  }

  /** Acknowledges everything below the offset, which has to be delivered and not stored yet. */
  acknowledgeBelow(offset: bigint): void {
    const { epoch } = this
    if (epoch === null) return
    const { ledger } = epoch
    for (let seq = ledger.firstUnsettled; seq < ledger.delivered && ledger.offsetOf(seq) < offset; seq++) epoch.settle(seq) // prettier-ignore
  }

  commitBy(policy: CommitPolicy): CommitHandle {
    return this.commits.commitBy(policy)
  }

  /** The log cannot be read here; the partition stands until it is sought elsewhere. */
  standUnreadable(): void {
    this.standsUnreadable = true
    this.context.session.demand(this, 0)
  }

  /** Reads the same offset again, after a fault that may have been the network's. */
  refetch(): void {
    if (this.epoch === null || this.state !== 'ready') return
    const { ledger, leaderEpochs } = this.epoch
    this.intake.open(ledger.position, leaderEpochs.last)
    this.updateDemand()
  }

  /** Stops the intake and completes the stream; `done` is called once, when everything delivered is done with. */
  drain(done: () => void): void {
    if (this.state === 'ended') return
    const first = this.isLive
    this.whenDrained = done
    this.halt()
    if (first) {
      this.completedByDrain = this.subscriber !== null
      this.subscriber?.complete()
      this.epoch?.flush()
    }
    this.checkDrained()
  }

  /** Stops the intake and no more: nothing is flushed. */
  halt(): void {
    if (!this.isLive) return
    this.state = 'draining'
    this.intake.stop()
    this.watch.stop()
  }

  /** How it ends if it is given up now. */
  reportIfGivenUp(): PartitionDrainReport {
    return this.reportOf('aborted')
  }

  /** Ends the assignment. An outcome other than drained or failed aborts what still works on its records. */
  end(outcome: PartitionDrainReport['outcome'] | null): PartitionDrainReport {
    const report = this.reportOf(outcome)
    this.state = 'ended'
    this.whenDrained = null
    this.intake.stop()
    this.watch.stop()
    // Before the stream completes, so that nothing is flushed into a sink that nobody will acknowledge, nor to the group.
    const parked = this.epoch?.ledger.parkedCount ?? 0
    this.epoch?.end()
    this.commits.end()
    // What is parked did not hold up the end, and is in vain now.
    if (outcome !== null || parked > 0) this.abortController.abort()
    this.subscriber?.complete()
    this.subscriber = null
    return report
  }

  /** Aborts the pipeline at the deadline, before the last commit. */
  abort(): void {
    this.abortController.abort()
  }

  /** True while somebody listens, or did until a drain completed the stream. */
  get hasListener(): boolean {
    return this.subscriber !== null || this.completedByDrain
  }

  /** Goes on behind a part of the log that is gone; what was delivered before stays as it is. */
  skipTo(offset: bigint): void {
    this.epoch?.ledger.advanceTo(offset)
    this.refetch()
  }

  positionReport(): PartitionPosition {
    return positionOf(this, {
      logEnd: this.logEnd,
      committed: this.context.commits.storedOffset(this),
      commitFault: this.context.commits.faultOf(this),
      session: this.context.session,
      settings: this.context.settings
    })
  }

  /** The log ends there now, as far as this consumer may read. */
  logEndIs(offset: bigint): void {
    this.logEnd = offset
  }

  /** What the user, or the end of the assignment, has to do with its not moving; null if nothing. */
  get ownStanding(): Standing | null {
    if (this.state === 'draining' || this.state === 'ended') return 'draining'
    if (this.standsUnreadable) return 'unreadable'
    if (this.pipeline === 'ended' || this.pipeline === 'failed') return 'pipeline ended'
    if (this.subscriber === null) return this.subscribedBefore ? 'unsubscribed' : 'not subscribed'
    if (this.state === 'starting') return 'starting'
    return this.userPaused ? 'paused' : null
  }

  /** Whether everything that was fetched is delivered. */
  get isEmpty(): boolean {
    return this.intake.isEmpty
  }

  /** Everything below it is settled. */
  private get frontier(): Frontier | null {
    if (this.epoch === null) return this.start
    const { ledger, leaderEpochs } = this.epoch
    return { offset: ledger.committable, leaderEpoch: leaderEpochs.before(ledger.firstUnsettled) }
  }

  private subscribed(subscriber: Subscriber<ConsumerRecord>): void {
    if (this.subscriber !== null) {
      const reason = `the stream of ${this.topic}/${String(this.partition)} has a subscriber already; share() it, or use fanOut`
      subscriber.error(new ConsumerError({ _tag: 'UsageFault', reason }))
      return
    }
    if (!this.isLive) {
      subscriber.complete()
      return
    }
    const again = this.subscribedBefore
    this.subscriber = subscriber
    this.subscribedBefore = true
    if (this.pipeline !== 'unwatched') this.pipeline = 'running'
    this.watch.began()
    subscriber.add(() => {
      if (this.subscriber === subscriber) this.unsubscribed()
    })
    // Never within `subscribe`: a pipeline that fails at once and is restarted at once would never end.
    if (again) this.clock.turn(() => this.reopen(subscriber))
    else if (this.state === 'ready' && this.start !== null) this.openEpoch(this.start.offset, this.start.leaderEpoch)
  }

  private reopen(subscriber: Subscriber<ConsumerRecord>): void {
    if (this.subscriber !== subscriber || this.state !== 'ready') return
    const { frontier } = this
    if (frontier !== null) this.openEpoch(frontier.offset, frontier.leaderEpoch)
  }

  private unsubscribed(): void {
    this.subscriber = null
    this.intake.stop()
    this.watch.unblocked()
    this.checkDrained()
  }

  private pipelineEnded(): void {
    if (this.pipeline === 'failed') return
    this.pipeline = 'ended'
    if (this.isLive) this.report({ _tag: 'pipeline ended', topic: this.topic, partition: this.partition })
    this.checkDrained()
  }

  private openEpoch(offset: bigint, leaderEpoch: number): void {
    this.epoch?.end()
    this.epoch = new DeliveryEpoch(this, offset, leaderEpoch)
    this.blocked = false
    this.standsUnreadable = false
    this.watch.began()
    this.intake.open(offset, leaderEpoch)
    this.updateDemand()
  }

  private canDeliver(): boolean {
    return this.state === 'ready' && this.subscriber !== null && !this.userPaused && !this.standsUnreadable
  }

  private runEnded(run: RecordRun, epoch: DeliveryEpoch): void {
    this.intake.finish()
    const { topic, partition } = this
    if (run.gap !== null) this.report({ _tag: 'gap', topic, partition, ...run.gap, cause: 'compaction' })
    if (run.fault !== null) {
      this.context.unreadable(this, run.fault)
      return
    }
    // Markers and compacted offsets behind the last record: nothing is left to settle them, so they are due by themselves.
    if (epoch.ledger.advanceTo(run.nextOffset) && epoch.ledger.unsettled === 0) this.commits.moved()
    this.updateDemand()
  }

  private block(epoch: DeliveryEpoch): void {
    if (this.blocked) return
    this.blocked = true
    this.watch.blocked(epoch)
  }

  private updateDemand(): void {
    this.intake.demand(this.canDeliver())
  }

  private checkDrained(): void {
    if (this.state !== 'draining' || this.whenDrained === null) return
    const over = this.pipeline === 'ended' || this.pipeline === 'failed' || !this.subscribedBefore
    if (!over && (this.epoch?.ledger.inFlight ?? 0) > 0) return
    const done = this.whenDrained
    this.whenDrained = null
    done()
  }

  private reportOf(outcome: PartitionDrainReport['outcome'] | null): PartitionDrainReport {
    const { topic, partition, commits, epoch } = this
    const repeated = epoch?.ledger.unsettled ?? 0
    return { topic, partition, outcome: this.outcome(outcome), committed: commits.lastStored, repeated }
  }

  private outcome(forced: PartitionDrainReport['outcome'] | null): PartitionDrainReport['outcome'] {
    if (!this.subscribedBefore) return 'not subscribed'
    if ((this.epoch?.ledger.inFlight ?? 0) === 0 && this.commits.isComplete) return 'drained'
    return forced ?? 'failed'
  }
}

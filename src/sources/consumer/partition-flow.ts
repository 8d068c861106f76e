import type { Subscriber } from 'rxjs'
import { creditOf } from '../../core/partition/credit.js'
import { PartitionMemory } from '../../core/partition/in-flight-memory.js'
import { policiesDownstream } from '../../internal/store-policies.js'
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
import type { FetchedRecords } from '../../ports/consumer-session.js'
import { partitionStream } from './partition-stream.js'
import type { RecordRun, UnreadableFault } from '../../model/record-run.js'
import { DeliveryEpoch, type EpochHost } from './delivery-epoch.js'
import type { Frontier } from './commit-source.js'
import { FlowCommits } from './flow-commits.js'
import type { FlowStart, StoreStart } from './flow-start.js'
import type { FlowContext } from './flow-context.js'
import { FlowIntake } from './flow-intake.js'
import { FlowListener } from './flow-listener.js'
import { positionOf, type StandingFlow } from './flow-position.js'
import { FlowWatch, type WatchedFlow } from './flow-watch.js'

type State = 'starting' | 'ready' | 'draining' | 'ended'

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
  private readonly context: FlowContext<PartitionFlow>
  private readonly abortController = new AbortController()
  private readonly watch: FlowWatch
  private readonly intake: FlowIntake
  private readonly memory: PartitionMemory
  private state: State = 'starting'
  private readonly listener = new FlowListener()
  private start: Frontier | null = null
  private blocked = false
  unreadable: UnreadableFault | null = null
  private userPaused: boolean
  private whenDrained: (() => void) | null = null

  constructor(place: TopicPartition, context: FlowContext<PartitionFlow>, paused: boolean) {
    this.topic = place.topic
    this.partition = place.partition
    this.context = context
    this.userPaused = paused
    this.memory = new PartitionMemory(context.memory)
    this.intake = new FlowIntake(place, context.session, context.share, context.buffered)
    const committable = (): Frontier => this.frontier ?? { offset: 0n, leaderEpoch: -1 }
    this.commits = new FlowCommits(place, context.settings, context.commits, committable)
    this.watch = new FlowWatch(this, context.settings.maxInFlight, context.settings.rebalanceTimeoutMs)
    this.stream = partitionStream(place, this.abortController.signal, (subscriber) => this.subscribed(subscriber))
    setPipelineHooks(this.stream, {
      clock: context.clock,
      attached: () => {
        this.listener.watched()
      },
      ended: () => {
        if (!this.listener.ended()) return
        if (this.isLive) this.report({ _tag: 'pipeline ended', topic: this.topic, partition: this.partition })
        this.checkDrained()
      },
      failed: (error) => {
        this.listener.failed()
        this.intake.stop()
        context.failed(error)
        this.checkDrained()
      },
      mayRestart: () => this.isLive,
      report: context.report,
      get member() {
        return context.session.member
      }
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
  /** Whether nothing is known to work on its records, though there is somebody who acknowledges them. */
  get isAtRest(): boolean {
    return this.epoch !== null && this.epoch.attempts === 0 && this.epoch.ledger.settledCount > 0
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

  /** The stream is about to be emitted. */
  emitted(): void {
    if (!this.listener.wasSubscribed && this.isLive) this.watch.emitted()
  }

  /** Whether this question, where to read, is the newest, and waits for its answer. */
  awaits(question: number): boolean {
    return this.state === 'starting' && question === this.cursor
  }

  /** Goes on elsewhere, which is to be found out: from now on what was delivered before counts no more. Names the question. */
  moveOn(): number {
    this.state = 'starting'
    this.start = null
    if (this.epoch !== null) this.watch.began()
    this.epoch?.end()
    this.epoch = null
    this.memory.begin(null)
    this.blocked = false
    this.unreadable = null
    this.intake.close()
    this.commits.moveOn()
    return this.cursor
  }

  /** The answer to the newest question: reading begins here. */
  begin(start: FlowStart): void {
    const { offset, leaderEpoch } = start
    this.state = 'ready'
    this.start = { offset, leaderEpoch }
    this.commits.begin(start)
    if (this.listener.subscriber !== null) this.openEpoch(offset, leaderEpoch)
  }

  /** Goes on at this offset; what was delivered before counts no more. */
  goOnAt(offset: bigint, store: StoreStart): void {
    if (!this.isLive) return
    this.moveOn()
    this.begin({ offset, leaderEpoch: -1, committed: null, store })
    this.commits.storeUrgent()
  }

  pause(paused: boolean): void {
    this.userPaused = paused
    if (!paused) this.context.schedule(this)
    this.updateDemand()
  }

  receive(fetched: FetchedRecords): void {
    if (fetched.cursor !== this.intake.cursor || this.state !== 'ready' || this.listener.subscriber === null) return
    const { isolation } = this.context.settings
    this.intake.logEndsAt(isolation === 'read_committed' ? fetched.lastStableOffset : fetched.highWatermark)
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
      const { epoch } = this
      if (epoch === null) break
      const credit = creditOf(settings, epoch.ledger)
      if (credit !== 'available') {
        this.block(epoch)
        break
      }
      const run = this.intake.current()
      if (run === null) break
      if (!run.advance(this.memory)) {
        if (run.awaitsRoom) {
          this.waitForRoom(epoch)
          break
        }
        this.runEnded(run, epoch)
        continue
      }
      const seq = epoch.ledger.deliver(run.offsetFrom(epoch.ledger), now)
      epoch.leaderEpochs.entered(seq, run.recordEpoch)
      delivered++
      this.listener.deliver(run.record(epoch, seq))
    }
    this.intake.delivered()
    this.checkDrained()
    if (settings.tellsEnds && this.epoch !== null && this.isLive) this.tellEnd(this.epoch)
    // A handler that is called within may have ended all of it: then nothing is watched any more.
    if (delivered > 0 && this.epoch !== null && this.isLive) this.watch.delivered(this.epoch)
    return delivered
  }

  /** Whether another call of `deliver` might do something. */
  get hasWork(): boolean {
    return this.canDeliver() && !this.blocked && !this.intake.isEmpty
  }

  settled(epoch: DeliveryEpoch): void {
    this.commits.settled()
    this.memory.released()
    if (epoch.ledger.overtaking > 0) this.watch.overtaken(epoch)
    if (this.blocked || this.state === 'draining') this.released(epoch)
  }

  released(epoch: DeliveryEpoch): void {
    this.memory.released()
    // Whoever waits for memory has its turn with the others.
    if (this.blocked && !this.awaitsRoom && creditOf(this.context.settings, epoch.ledger) === 'available') {
      this.blocked = false
      this.watch.unblocked()
      this.context.schedule(this)
    }
    if (this.state === 'draining') this.checkDrained()
  }

  commitBy(policy: CommitPolicy): CommitHandle {
    return this.commits.commitBy(policy)
  }

  /** The log cannot be read here; the partition stands until it is sought elsewhere. */
  standUnreadable(fault: UnreadableFault): void {
    this.unreadable = fault
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
      this.listener.drain()
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

  /** How it ends if it ends now; `forced` says why, if it does not by itself. */
  drainReport(forced: PartitionDrainReport['outcome'] | null): PartitionDrainReport {
    const { topic, partition, commits, epoch } = this
    const isDone = (epoch?.ledger.inFlight ?? 0) === 0 && commits.isComplete
    const outcome = !this.listener.wasSubscribed ? 'not subscribed' : isDone ? 'drained' : (forced ?? 'failed')
    return { topic, partition, outcome, committed: commits.lastStored, repeated: epoch?.ledger.unsettled ?? 0 }
  }

  /** Ends the assignment. An outcome other than drained or failed aborts what still works on its records. */
  end(outcome: PartitionDrainReport['outcome'] | null): PartitionDrainReport {
    const report = this.drainReport(outcome)
    this.state = 'ended'
    this.whenDrained = null
    this.intake.stop()
    this.watch.stop()
    // Before the stream completes, so that nothing is flushed into a sink that nobody will acknowledge, nor to the group.
    const parked = this.epoch?.ledger.parkedCount ?? 0
    this.epoch?.end()
    this.memory.begin(null)
    this.commits.end()
    // What is parked did not hold up the end, and is in vain now.
    if (outcome !== null || parked > 0) this.abortController.abort()
    this.listener.end()
    return report
  }

  /** Aborts the pipeline at the deadline, before the last commit. */
  abort(): void {
    this.abortController.abort()
  }

  /** True while somebody listens, or did until a drain completed the stream. */
  get hasListener(): boolean {
    return this.listener.isThere
  }

  /** Goes on behind a part of the log that is gone; what was delivered before stays as it is. */
  skipTo(offset: bigint, store: StoreStart): void {
    const { epoch } = this
    if (epoch?.ledger.advanceTo(offset) === true && epoch.ledger.unsettled === 0)
      if (store === 'at once') this.commits.passedOver()
      else this.commits.moved()
    this.refetch()
  }

  positionReport(): PartitionPosition {
    return positionOf(this, {
      logEnd: this.intake.logEnd,
      lastTimestamp: this.intake.lastTimestamp,
      committed: this.context.commits.storedOffset(this),
      commitFault: this.context.commits.faultOf(this),
      session: this.context.session,
      settings: this.context.settings
    })
  }

  /** The log ends there now, as far as this consumer may read. */
  logEndsAt(offset: bigint): void {
    this.intake.logEndsAt(offset)
  }

  /** What the user, or the end of the assignment, has to do with its not moving; null if nothing. */
  get ownStanding(): Standing | null {
    if (this.state === 'draining' || this.state === 'ended') return 'draining'
    if (this.unreadable !== null) return 'unreadable'
    if (this.listener.standing !== null) return this.listener.standing
    if (this.state === 'starting') return 'starting'
    return this.userPaused ? 'paused' : null
  }

  get awaitsRoom(): boolean {
    return this.intake.awaitsRoom
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
    if (this.listener.subscriber !== null) {
      const reason = `the stream of ${this.topic}/${String(this.partition)} has a subscriber already; share() it, or use fanOut`
      subscriber.error(new ConsumerError({ _tag: 'UsageFault', reason }))
      return
    }
    if (!this.isLive) {
      subscriber.complete()
      return
    }
    const again = this.listener.subscribed(subscriber)
    this.commits.downstream(policiesDownstream())
    this.watch.began()
    subscriber.add(() => {
      if (this.listener.subscriber !== subscriber) return
      this.listener.unsubscribed()
      this.intake.stop()
      this.memory.left()
      this.watch.unblocked()
      this.checkDrained()
    })
    // Never within `subscribe`: a pipeline that fails at once and is restarted at once would never end.
    if (again) this.clock.turn(() => this.reopen(subscriber))
    else if (this.state === 'ready' && this.start !== null) this.openEpoch(this.start.offset, this.start.leaderEpoch)
  }

  private reopen(subscriber: Subscriber<ConsumerRecord>): void {
    if (this.listener.subscriber !== subscriber || this.state !== 'ready') return
    const { frontier } = this
    if (frontier !== null) this.openEpoch(frontier.offset, frontier.leaderEpoch)
  }

  private openEpoch(offset: bigint, leaderEpoch: number): void {
    this.epoch?.end()
    this.epoch = new DeliveryEpoch(this, offset, leaderEpoch)
    this.memory.begin(this.epoch.ledger)
    this.blocked = false
    this.unreadable = null
    this.watch.began()
    this.intake.open(offset, leaderEpoch)
    this.updateDemand()
  }

  private canDeliver(): boolean {
    return this.state === 'ready' && this.listener.subscriber !== null && !this.userPaused && this.unreadable === null
  }

  private runEnded(run: RecordRun, epoch: DeliveryEpoch): void {
    this.intake.finish()
    this.memory.left()
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

  private tellEnd({ ledger }: DeliveryEpoch): void {
    const offset = this.intake.endReached(ledger.position)
    if (offset !== null) this.report({ _tag: 'end reached', topic: this.topic, partition: this.partition, offset })
  }

  private block(epoch: DeliveryEpoch): void {
    if (this.blocked) return
    this.blocked = true
    this.watch.blocked(epoch)
  }

  /** Only what is in flight here can be let go of here. */
  private waitForRoom(epoch: DeliveryEpoch): void {
    // Before it is told: what it lets go of within the call counts.
    this.memory.wait(() => {
      if (epoch !== this.epoch || !this.blocked) return
      this.blocked = false
      this.watch.unblocked()
      this.context.schedule(this)
    })
    if (epoch.ledger.inFlight > 0) this.block(epoch)
    else this.blocked = true
  }

  private updateDemand(): void {
    this.intake.demand(this.canDeliver())
  }

  private checkDrained(): void {
    if (this.state !== 'draining' || this.whenDrained === null || this.listener.isDelivering) return
    if (!this.listener.isOver && (this.epoch?.ledger.inFlight ?? 0) > 0) return
    const done = this.whenDrained
    this.whenDrained = null
    done()
  }
}

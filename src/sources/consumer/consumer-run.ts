import { type Observable, of, type Subscriber } from 'rxjs'
import type { RunningHandler } from '../../internal/running-handler.js'
import { ConsumerError } from '../../model/consumer-error.js'
import type { DrainReport } from '../../model/drain-report.js'
import type { Fault } from '../../model/fault.js'
import type { OffsetToCommit } from '../../model/offset-to-commit.js'
import type { PartitionPosition } from '../../model/partition-position.js'
import type { PartitionStream } from '../../model/partition-stream.js'
import type { Position } from '../../model/position.js'
import type { PartitionDrainReport, RebalanceSummary } from '../../model/rebalance-event.js'
import { keyOf, type TopicPartition } from '../../model/topic-partition.js'
import type { Cluster } from '../../ports/cluster.js'
import type { ConsumerSession } from '../../ports/consumer-session.js'
import { askedCommit } from './asked-commit.js'
import type { CommitAnswer } from './commit-requests.js'
import { CommitScheduler } from './commit-scheduler.js'
import { InFlightMemory } from '../../core/partition/in-flight-memory.js'
import { DeliveryPump } from './delivery-pump.js'
import { DrainCallers } from './drain-callers.js'
import type { EndTrigger } from './flow-ending.js'
import { FlowEndings } from './flow-endings.js'
import { Leaving } from './leaving.js'
import { lookUpLogEnds } from './log-ends.js'
import { FlowStarts } from './flow-starts.js'
import type { FlowContext } from './flow-context.js'
import { PartitionFlow } from './partition-flow.js'
import { Postponed } from './postponed.js'
import { ReadTrouble } from './read-trouble.js'
import { Revocations } from './revocations.js'
import type { RunOptions } from './run-options.js'
import { RunReport } from './run-report.js'
import { StalledFlows } from './stalled-flows.js'
import type { RunStanding } from './status-tracker.js'

/** `close()` stores what is settled and leaves, but does not wait longer than this for the cluster. */
const closeWithinMs = 5_000

type Phase = 'running' | 'draining' | 'leaving' | 'ended'

/**
 * One subscription of a consumer, from joining to having left: owns the session, the partitions that are assigned, and
 * the order of drain, commit and release.
 */
export class ConsumerRun {
  private readonly options: RunOptions
  private readonly subscriber: Subscriber<PartitionStream>
  private readonly session: ConsumerSession
  private readonly commits: CommitScheduler
  private readonly pump: DeliveryPump
  private readonly buffered = { bytes: 0 }
  private readonly flowContext: FlowContext<PartitionFlow>
  private readonly flows = new Map<string, PartitionFlow>()
  private readonly endings: FlowEndings
  private readonly revocations: Revocations
  private readonly starts: FlowStarts
  private readonly trouble: ReadTrouble
  private readonly stalledFlows: StalledFlows
  private readonly postponed: Postponed
  private readonly whenEnded: ((report: DrainReport) => void)[] = []
  private readonly outcome = new RunReport()
  private readonly callers: DrainCallers
  private readonly leaving: Leaving
  private phase: Phase = 'running'
  private error: unknown = undefined
  private generation = -1
  private leaveGroup = true

  constructor(options: RunOptions, subscriber: Subscriber<PartitionStream>) {
    const { cluster, settings, outlets, random } = options
    this.options = options
    this.subscriber = subscriber
    this.postponed = new Postponed(cluster.clock)
    const left = (): Iterable<PartitionFlow> => this.flows.values()
    this.callers = new DrainCallers(this.postponed, left, () => this.outcome.current)
    this.revocations = new Revocations(outlets.rebalance)
    this.session = cluster.openConsumer(settings, {
      assigned: (generation, gained, kept, rebalance) => {
        this.assigned(generation, gained, kept, rebalance)
      },
      revoking: (partitions, deadline) => {
        this.revoking(partitions, deadline)
      },
      lost: (partitions, fault) => {
        this.lost(partitions, fault)
        this.leaveIfDone()
      },
      records: (fetched) => {
        this.flowOf(fetched.run)?.receive(fetched)
      },
      backlog: () => ({ bytes: this.buffered.bytes, isMoving: this.pump.isBusy }),
      outOfRange: (partition, cursor) => {
        const flow = this.flowOf(partition)
        if (flow?.cursor === cursor) this.trouble.outOfRange(flow)
      },
      truncated: (partition, cursor, endOffset) => {
        const flow = this.flowOf(partition)
        if (flow?.cursor === cursor) this.trouble.truncated(flow, endOffset)
      },
      recreated: (topic, partition) => {
        const isOf = (flow: PartitionFlow): boolean => flow.topic === topic && (partition ?? flow.partition) === flow.partition // prettier-ignore
        this.trouble.recreated(topic, [...this.flows.values()].filter(isOf))
      },
      refused: (partition, cursor, fault) => {
        const flow = this.flowOf(partition)
        if (flow?.cursor === cursor) this.trouble.refused(flow, fault)
      },
      event: outlets.event,
      fault: (fault) => {
        this.sessionOver(fault)
      }
    })
    const { clock } = cluster
    this.leaving = new Leaving(clock, this.session, () => {
      this.end()
    })
    this.endings = new FlowEndings(clock, (flow, report) => {
      this.forget(flow)
      // The report of the run is of what it held when it began to end.
      if (this.phase !== 'running') this.outcome.add(report)
      this.callers.partitionEnded()
    })
    this.commits = new CommitScheduler({
      clock,
      random,
      settings,
      session: this.session,
      report: outlets.commit,
      failed: (fault) => {
        this.stopWith(new ConsumerError(fault))
      }
    })
    this.starts = new FlowStarts({
      clock,
      commits: this.commits,
      session: this.session,
      settings,
      startFrom: options.startFrom,
      failed: (fault) => {
        this.readFailed(fault)
      }
    })
    this.trouble = new ReadTrouble({
      clock,
      session: this.session,
      settings,
      report: outlets.event,
      postponed: this.postponed,
      readAnew: (flow) => {
        this.starts.forget(flow)
        flow.goOnAt(0n, 'at once')
      },
      fatal: (fault) => {
        this.readFailed(fault)
      }
    })
    this.stalledFlows = new StalledFlows(this.session, this.postponed)
    this.pump = new DeliveryPump(clock, settings.maxPollRecords, () => {
      this.session.delivered()
    })
    this.flowContext = {
      clock,
      settings,
      session: this.session,
      commits: this.commits,
      buffered: this.buffered,
      memory: new InFlightMemory(
        settings.maxInFlightBytes,
        () => this.flows.size,
        (run) => clock.turn(run)
      ),
      report: outlets.event,
      schedule: (flow) => {
        this.pump.schedule(flow)
      },
      share: () =>
        Math.min(settings.maxPartitionFetchBytes, Math.ceil(settings.fetchMaxBytes / Math.max(1, this.flows.size))),
      failed: (error) => {
        this.stopWith(error)
      },
      stalled: (flow, forMs) => {
        this.stalled(flow, forMs)
      },
      cameToRest: (flow) => {
        this.stalledFlows.cameToRest(flow)
      },
      unreadable: (flow, fault) => {
        this.trouble.unreadable(flow, fault)
      }
    }
  }

  get isEnded(): boolean {
    return this.phase === 'ended'
  }

  /** True once it no longer takes part: the next subscription may wait for its end. */
  get isLeaving(): boolean {
    return this.phase !== 'running'
  }

  /** What its status is made of besides its positions. */
  get standing(): RunStanding {
    const { phase, session, stalledFlows, outcome } = this
    const isSuspended = stalledFlows.positions().length > 0
    return { phase, isRebalancing: session.isRebalancing, isSuspended, outcome: outcome.current.outcome }
  }

  onEnd(listener: (report: DrainReport) => void): void {
    if (this.phase === 'ended') listener(this.outcome.current)
    else this.whenEnded.push(listener)
  }

  /** A handler asks for the end: it is told of it, or, if that would wait for the handler, of how far it has come. */
  onEndFor(handler: RunningHandler, listener: (report: DrainReport) => void): void {
    this.onEnd(listener)
    this.callers.add(handler, listener)
  }

  /** Stop intake, complete, settle, commit, leave. */
  drain(timeoutMs: number, leaveGroup = this.leavesByDefault): void {
    this.leaving.by(this.clock.now() + timeoutMs)
    if (this.phase === 'leaving' || this.phase === 'ended') return
    this.leaveGroup = leaveGroup
    this.endAll('drain', this.clock.now() + timeoutMs)
  }

  /** Abort, store what is settled, leave. */
  close(timeoutMs = closeWithinMs, leaveGroup = this.leavesByDefault): void {
    this.leaving.by(this.clock.now() + timeoutMs)
    if (this.phase === 'leaving' || this.phase === 'ended') return
    this.leaveGroup = leaveGroup
    this.outcome.abort()
    this.endAll('close', this.clock.now() + timeoutMs)
    this.endings.close()
  }

  /** The outer stream has no subscriber any more. */
  unsubscribed(): void {
    if (this.phase !== 'running') return
    // Whether the partitions' pipelines went with it is known only once the unsubscription is through.
    this.postponed.nextTurn(() => {
      if (![...this.flows.values()].some((flow) => flow.hasListener)) this.close()
      else if (this.phase === 'running') this.drain(this.options.settings.drainTimeoutMs)
    })
  }

  /** The settings' subscription is another now. */
  resubscribed(): void {
    this.session.resubscribed()
  }

  positions(): readonly PartitionPosition[] {
    return [...[...this.flows.values()].map((flow) => flow.positionReport()), ...this.stalledFlows.positions()]
  }

  /** Asks the cluster where the logs end now; gives one value, then completes. */
  lookUpLogEnds(): Observable<void> {
    return this.phase === 'running' ? lookUpLogEnds(this.session, [...this.flows.values()]) : of(undefined)
  }

  pause(partition: TopicPartition, paused: boolean): void {
    this.flowOf(partition)?.pause(paused)
  }

  /** False if the partition is not assigned. */
  seek(partition: TopicPartition, position: Position): boolean {
    const flow = this.flowOf(partition)
    if (!flow?.isLive) return false
    this.starts.seek(flow, position)
    return true
  }

  /** Stores what is settled, or everything below these offsets; the answer comes on a later turn. */
  commit(
    offsets: readonly OffsetToCommit[] | null,
    trigger: 'commitSync' | 'commitAsync',
    answered: (answer: CommitAnswer) => void
  ): void {
    const { commits } = this
    const { groupId } = this.options.settings
    const flowOf = (partition: TopicPartition): PartitionFlow | undefined => this.flowOf(partition)
    askedCommit({ groupId, commits, flows: () => this.flows.values(), flowOf }, offsets, trigger, answered)
  }

  /** A static member is waited for by its group, as Java's is; any other tells it at once. */
  private get leavesByDefault(): boolean {
    return this.options.settings.groupInstanceId === null
  }

  private get clock(): Cluster['clock'] {
    return this.options.cluster.clock
  }

  private assigned(
    generation: number,
    gained: readonly TopicPartition[],
    kept: readonly TopicPartition[],
    rebalance: RebalanceSummary | null
  ): void {
    this.generation = generation
    if (this.phase !== 'running') return
    this.revocations.regained(gained)
    const flows = gained.map((partition) => this.newFlow(partition))
    this.options.outlets.rebalance({ _tag: 'assigned', generation, gained, kept, rebalance })
    if (flows.length === 0) return
    // Not before the next turn, so that whoever shares the outer stream is subscribed by then.
    this.postponed.nextTurn(() => {
      for (const flow of flows) {
        if (!flow.isLive) continue
        this.subscriber.next(flow.stream)
        flow.emitted()
      }
    })
    this.starts.begin(flows)
  }

  private newFlow(partition: TopicPartition): PartitionFlow {
    const key = keyOf(partition)
    const flow = new PartitionFlow(partition, this.flowContext, this.options.paused.has(key))
    flow.commits.downstream(this.options.downstream)
    this.flows.set(key, flow)
    return flow
  }

  private readFailed(fault: Fault): void {
    // The session was closed meanwhile: whoever closed it says why.
    if (fault._tag !== 'ClosedFault') this.stopWith(new ConsumerError(fault))
  }

  private revoking(partitions: readonly TopicPartition[], deadline: number): void {
    // What came while it was leaving already was never told of.
    const foreign = partitions.filter((partition) => this.flowOf(partition) === undefined)
    if (foreign.length > 0) this.session.release(foreign)
    const flows = partitions.flatMap((partition) => this.flowOf(partition) ?? [])
    this.revoke(flows, 'revocation', deadline)
  }

  /** Ends assignments; what is ending already has to be over by this deadline too. */
  private revoke(flows: readonly PartitionFlow[], trigger: EndTrigger, deadline: number): void {
    const ended = (flow: PartitionFlow, report: PartitionDrainReport): void => {
      const { topic, partition } = flow
      if (trigger === 'revocation' && this.phase !== 'ended') this.session.release([{ topic, partition }])
      this.revocations.ended(flow, report)
      this.leaveIfDone()
    }
    this.endings.begin(flows, trigger, deadline, ended, (fresh) => {
      this.revocations.begin(this.generation, fresh, Math.max(0, deadline - this.clock.now()))
    })
  }

  private lost(partitions: readonly TopicPartition[], fault: Fault): void {
    const flows = partitions.flatMap((partition) => this.flowOf(partition) ?? [])
    // A signal that aborts may have the user end all of it: some of them are over then.
    const reports = flows.flatMap((flow) => (this.flowOf(flow) === flow ? this.endings.abandon(flow) : []))
    this.revocations.lost(flows)
    this.options.outlets.rebalance({ _tag: 'lost', generation: this.generation, partitions: reports, fault })
  }

  private stalled(flow: PartitionFlow, forMs: number): void {
    const { topic, partition } = flow
    const { inFlight } = flow.positionReport()
    this.options.outlets.event({ _tag: 'stalled', topic, partition, forMs, inFlight })
    if (this.phase !== 'running' || this.generation < 0 || this.endings.has(flow)) return
    this.forget(flow)
    const fault: Fault = { _tag: 'MembershipLostFault', groupId: flow.groupId ?? '', reason: 'stalled' }
    const report = this.stalledFlows.add(flow, fault)
    this.options.outlets.rebalance({ _tag: 'lost', generation: this.generation, partitions: [report], fault })
  }

  private endAll(trigger: EndTrigger, deadline: number): void {
    if (this.phase === 'running') this.phase = 'draining'
    this.revoke([...this.flows.values()], trigger, deadline)
    this.leaveIfDone()
  }

  private leaveIfDone(): void {
    if (this.phase !== 'draining' || this.flows.size > 0) return
    this.phase = 'leaving'
    this.commits.close()
    this.leaving.begin(this.leaveGroup)
  }

  private stopWith(error: unknown): void {
    if (this.phase === 'leaving' || this.phase === 'ended') return
    this.error ??= error
    this.outcome.abort()
    if (this.phase === 'running') this.drain(this.options.settings.drainTimeoutMs)
  }

  private sessionOver(fault: Fault): void {
    if (this.phase === 'ended') return
    // Before the partitions end: the last of them would have a drain leave what is gone, and complete as if nothing were.
    this.phase = 'leaving'
    this.error ??= new ConsumerError(fault)
    this.outcome.abort()
    const wasHeld = [...this.flows.values()]
    if (wasHeld.length > 0) this.lost(wasHeld, fault)
    if (fault._tag === 'FencedFault') this.options.outlets.event({ _tag: 'fenced', fault })
    this.commits.close()
    this.end()
  }

  private end(): void {
    if (this.phase === 'ended') return
    this.phase = 'ended'
    this.postponed.cancel()
    this.stalledFlows.end()
    this.pump.stop()
    const { error: cause, outcome } = this
    if (cause !== undefined) this.options.outlets.event({ _tag: 'stopped', cause, report: outcome.current })
    for (const listener of this.whenEnded) listener(this.outcome.current)
    if (this.error === undefined) this.subscriber.complete()
    else this.subscriber.error(this.error)
  }

  private flowOf(partition: TopicPartition): PartitionFlow | undefined {
    return this.flows.get(keyOf(partition))
  }

  private forget(flow: PartitionFlow): void {
    this.flows.delete(keyOf(flow))
    this.starts.forget(flow)
    this.trouble.forget(flow)
  }
}

import { type Observable, of, type Subscriber } from 'rxjs'
import type { RunningHandler } from '../../internal/running-handler.js'
import { ConsumerError } from '../../model/consumer-error.js'
import type { DrainReport } from '../../model/drain-report.js'
import type { Fault } from '../../model/fault.js'
import type { OffsetToCommit } from '../../model/offset-to-commit.js'
import type { PartitionPosition } from '../../model/partition-position.js'
import type { PartitionStream } from '../../model/partition-stream.js'
import type { Position } from '../../model/position.js'
import type { TopicPartition } from '../../model/topic-partition.js'
import type { Cluster } from '../../ports/cluster.js'
import { AssignedPartitions } from './assigned-partitions.js'
import type { CommitAnswer } from './commit-requests.js'
import { DrainCallers } from './drain-callers.js'
import { explicitCommit } from './explicit-commit.js'
import { Leaving } from './leaving.js'
import { lookUpLogEnds } from './look-up-log-ends.js'
import { ScheduledTasks } from './scheduled-tasks.js'
import type { ConsumerRunOptions } from './consumer-run-options.js'
import { RunReport } from './run-report.js'
import type { RunState } from './status-tracker.js'

/** How long `close()` waits for the cluster while it commits settled records and leaves. */
const closeWithinMs = 5_000

type Phase = 'running' | 'draining' | 'leaving' | 'ended'

/**
 * One subscription of a consumer, from joining to having left: owns the assigned partitions, with their session and
 * commits, and the order in which it drains and leaves.
 */
export class ConsumerRun {
  private readonly options: ConsumerRunOptions
  private readonly subscriber: Subscriber<PartitionStream>
  private readonly partitions: AssignedPartitions
  private readonly tasks: ScheduledTasks
  private readonly report = new RunReport()
  private readonly callers: DrainCallers
  private readonly leaving: Leaving
  private phase: Phase = 'running'
  private error: unknown = undefined

  constructor(options: ConsumerRunOptions, subscriber: Subscriber<PartitionStream>) {
    const { clock } = options.cluster
    this.options = options
    this.subscriber = subscriber
    this.tasks = new ScheduledTasks(clock)
    this.callers = new DrainCallers(
      this.tasks,
      () => this.partitions.all,
      () => this.report.current
    )
    this.partitions = new AssignedPartitions({
      ...options,
      tasks: this.tasks,
      emit: (stream) => subscriber.next(stream),
      isRunning: () => this.phase === 'running',
      ended: (report) => {
        // The report covers the partitions that the run held when its end began.
        if (this.phase !== 'running') this.report.add(report)
        this.callers.partitionEnded()
      },
      settled: () => this.leaveIfDone(),
      failed: (error) => this.stopWith(error),
      sessionOver: (fault) => this.sessionOver(fault)
    })
    this.leaving = new Leaving(clock, this.partitions.session, () => this.end())
  }

  get isEnded(): boolean {
    return this.phase === 'ended'
  }

  /** True once the run is leaving: the next subscription may wait for its end. */
  get isLeaving(): boolean {
    return this.phase !== 'running'
  }

  /** The part of the consumer's status without positions. */
  get runState(): RunState {
    const { phase, partitions, report } = this
    const { isSuspended, session } = partitions
    return { phase, isRebalancing: session.isRebalancing, isSuspended, outcome: report.current.outcome }
  }

  onEnd(listener: (report: DrainReport) => void): void {
    this.report.onEnd(listener)
  }

  /**
   * A handler requests the end. It gets the report, or the progress so far if the report would have to wait for the handler.
   */
  onEndFor(handler: RunningHandler, listener: (report: DrainReport) => void): void {
    this.onEnd(listener)
    this.callers.add(handler, listener)
  }

  /** Stops intake, completes the streams, waits for settlement, commits, leaves. */
  drain(timeoutMs: number, leaveGroup = this.leavesByDefault): void {
    this.leaving.by(this.clock.now() + timeoutMs)
    if (this.phase === 'leaving' || this.phase === 'ended') return
    this.leaving.tell(leaveGroup)
    this.endAll('drain', this.clock.now() + timeoutMs)
  }

  /** Aborts, commits settled records, leaves. */
  close(timeoutMs = closeWithinMs, leaveGroup = this.leavesByDefault): void {
    this.leaving.by(this.clock.now() + timeoutMs)
    if (this.phase === 'leaving' || this.phase === 'ended') return
    this.leaving.tell(leaveGroup)
    this.report.abort()
    this.endAll('close', this.clock.now() + timeoutMs)
    this.partitions.abort()
  }

  /** The outer stream has lost its last subscriber. */
  unsubscribed(): void {
    if (this.phase !== 'running') return
    // Whether the partitions' pipelines were unsubscribed too is known only after the unsubscription.
    this.tasks.nextTurn(() => {
      if (!this.partitions.all.some((partition) => partition.hasListener)) this.close()
      else if (this.phase === 'running') this.drain(this.options.settings.drainTimeoutMs)
    })
  }

  /** The settings have another subscription. */
  resubscribed(): void {
    this.partitions.session.resubscribed()
  }

  positions(): readonly PartitionPosition[] {
    return this.partitions.positions()
  }

  /** Requests the ends of the logs; emits one value, then completes. */
  lookUpLogEnds(): Observable<void> {
    return this.phase === 'running' ? lookUpLogEnds(this.partitions.session, this.partitions.all) : of(undefined)
  }

  pause(partition: TopicPartition, paused: boolean): void {
    this.partitions.of(partition)?.handle({ _tag: 'paused', paused })
  }

  /** False if the partition is not assigned. */
  seek(partition: TopicPartition, position: Position): boolean {
    return this.partitions.seek(partition, position)
  }

  /** Commits settled records, or everything below these offsets; answers on a later turn. */
  commit(
    offsets: readonly OffsetToCommit[] | null,
    trigger: 'commitSync' | 'commitAsync',
    answered: (answer: CommitAnswer) => void
  ): void {
    const { groupId } = this.options.settings
    explicitCommit({ groupId, partitions: this.partitions }, offsets, trigger, answered)
  }

  /** As in Java's client, a static member stays in the group, which waits for its return; any other leaves at once. */
  private get leavesByDefault(): boolean {
    return this.options.settings.groupInstanceId === null
  }

  private get clock(): Cluster['clock'] {
    return this.options.cluster.clock
  }

  private endAll(trigger: 'drain' | 'close', deadline: number): void {
    if (this.phase === 'running') this.phase = 'draining'
    this.partitions.end(this.partitions.all, trigger, deadline)
    this.leaveIfDone()
  }

  private leaveIfDone(): void {
    if (this.phase !== 'draining' || !this.partitions.isEmpty) return
    this.phase = 'leaving'
    this.partitions.commits.close()
    this.leaving.begin()
  }

  private stopWith(error: unknown): void {
    if (this.phase === 'leaving' || this.phase === 'ended') return
    this.error ??= error
    this.report.abort()
    if (this.phase === 'running') this.drain(this.options.settings.drainTimeoutMs)
  }

  private sessionOver(fault: Fault): void {
    if (this.phase === 'ended') return
    // Set before the partitions end: otherwise the end of the last partition would make a drain leave the lost session and
    // complete without an error.
    this.phase = 'leaving'
    this.error ??= new ConsumerError(fault)
    this.report.abort()
    if (!this.partitions.isEmpty) this.partitions.lost(this.partitions.all, fault)
    if (fault._tag === 'FencedFault') this.options.outlets.event({ _tag: 'fenced', fault })
    this.partitions.commits.close()
    this.end()
  }

  private end(): void {
    if (this.phase === 'ended') return
    this.phase = 'ended'
    this.tasks.cancel()
    this.partitions.stop()
    const { error: cause, report } = this
    if (cause !== undefined) this.options.outlets.event({ _tag: 'stopped', cause, report: report.current })
    report.end()
    if (this.error === undefined) this.subscriber.complete()
    else this.subscriber.error(this.error)
  }
}

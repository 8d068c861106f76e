import { InFlightMemory } from '../../core/partition/in-flight-memory.js'
import { ConsumerError } from '../../model/consumer-error.js'
import type { Fault } from '../../model/fault.js'
import type { PartitionPosition } from '../../model/partition-position.js'
import type { PartitionStream } from '../../model/partition-stream.js'
import type { Position } from '../../model/position.js'
import type { PartitionDrainReport, RebalanceSummary } from '../../model/rebalance-event.js'
import { keyOf, type TopicPartition } from '../../model/topic-partition.js'
import type { ConsumerSession, ConsumerSessionHandlers } from '../../ports/consumer-session.js'
import { AssignedPartition } from './assigned-partition.js'
import { CommitScheduler } from './commit-scheduler.js'
import { DeliveryPump } from './delivery-pump.js'
import type { PartitionContext } from './partition-context.js'
import type { ScheduledTasks } from './scheduled-tasks.js'
import { ReadTrouble } from './read-trouble.js'
import { Revocations } from './revocations.js'
import type { ConsumerRunOptions } from './consumer-run-options.js'
import { StalledPartitions } from './stalled-partitions.js'
import { StartLookups } from './start-lookups.js'

/** The parts of a run that its partitions use. */
export interface AssignedPartitionsContext extends ConsumerRunOptions {
  readonly tasks: ScheduledTasks
  readonly emit: (stream: PartitionStream) => void
  /** False once the run drains, or is closed. */
  readonly isRunning: () => boolean
  /** A partition has ended. */
  readonly ended: (report: PartitionDrainReport) => void
  /** All reports about its end have been emitted. */
  readonly settled: () => void
  /** The consumer stops with this error. */
  readonly failed: (error: unknown) => void
  /** The session is over. */
  readonly sessionOver: (fault: Fault) => void
}

/**
 * The partitions of a run, each from its assignment to its revocation or loss, and the events about them. It opens the
 * run's session, and receives its reports.
 */
export class AssignedPartitions {
  readonly session: ConsumerSession
  readonly commits: CommitScheduler
  private readonly context: AssignedPartitionsContext
  private readonly pump: DeliveryPump
  private readonly buffered = { bytes: 0 }
  private readonly partitionContext: PartitionContext<AssignedPartition>
  private readonly partitions = new Map<string, AssignedPartition>()
  private readonly revocations: Revocations
  private readonly starts: StartLookups
  private readonly trouble: ReadTrouble
  private readonly stalled: StalledPartitions
  private generation = -1

  constructor(context: AssignedPartitionsContext) {
    const { cluster, random, settings, tasks, outlets } = context
    const { clock } = cluster
    const failed = (fault: Fault): void => this.readFailed(fault)
    this.context = context
    this.pump = new DeliveryPump(clock, settings.maxPollRecords, () => this.session.delivered())
    const session = cluster.openConsumer(settings, this.handlers())
    const commits = new CommitScheduler({
      clock,
      random,
      settings,
      session,
      report: outlets.commit,
      failed: (fault) => context.failed(new ConsumerError(fault))
    })
    this.session = session
    this.commits = commits
    this.revocations = new Revocations(outlets.rebalance)
    this.stalled = new StalledPartitions(session, tasks)
    this.starts = new StartLookups({ ...context, clock, session, commits, failed })
    this.trouble = new ReadTrouble({
      clock,
      session,
      settings,
      tasks,
      report: outlets.event,
      readAnew: (partition) => {
        this.starts.forget(partition)
        partition.handle({ _tag: 'moved', offset: 0n, leaderEpoch: -1, startCommit: 'at once' })
      },
      fatal: failed
    })
    this.partitionContext = this.contextOfEach()
  }

  get all(): readonly AssignedPartition[] {
    return [...this.partitions.values()]
  }
  get isEmpty(): boolean {
    return this.partitions.size === 0
  }

  /** Whether the member is out of the group until the work on lost partitions has ended. */
  get isSuspended(): boolean {
    return this.stalled.positions().length > 0
  }

  of(partition: TopicPartition): AssignedPartition | undefined {
    return this.partitions.get(keyOf(partition))
  }

  positions(): readonly PartitionPosition[] {
    return [...this.all.map((partition) => partition.positionReport()), ...this.stalled.positions()]
  }

  /** False if the partition is not assigned. */
  seek(place: TopicPartition, position: Position): boolean {
    const partition = this.of(place)
    if (!partition?.isLive) return false
    partition.handle({ _tag: 'sought', position })
    return true
  }

  /** Ends these partitions; those that are ending already get this deadline too. */
  end(partitions: readonly AssignedPartition[], trigger: 'revoke' | 'drain' | 'close', deadline: number): void {
    const fresh = partitions.filter((partition) => !partition.isEnding)
    // A listener to the first end may request the end of all, so all are marked before one ends.
    for (const partition of partitions) partition.handle({ _tag: trigger })
    this.revocations.begin(this.generation, fresh, Math.max(0, deadline - this.context.cluster.clock.now()))
    for (const partition of partitions) partition.handle({ _tag: 'end by', deadline })
  }

  /** Stops waiting for pipelines: running work is aborted, settled records are committed. */
  abort(): void {
    for (const partition of this.all) partition.handle({ _tag: 'abort' })
  }

  lost(places: readonly TopicPartition[], fault: Fault): void {
    const partitions = places.flatMap((place) => this.of(place) ?? [])
    // An abort listener may make the user end the whole run, so some partitions may have ended by then.
    const reports = partitions.flatMap((partition) => {
      const report = partition.lose('lost')
      if (report !== null) this.over(partition, report)
      return report ?? []
    })
    this.revocations.lost(partitions)
    this.context.outlets.rebalance({ _tag: 'lost', generation: this.generation, partitions: reports, fault })
  }

  /** Ends all partitions without waiting. */
  stop(): void {
    this.stalled.end()
    this.pump.stop()
  }

  private handlers(): ConsumerSessionHandlers {
    const { outlets, settled, sessionOver } = this.context
    // Reports about an earlier reading do not count.
    const reading = (place: TopicPartition, cursor: number, then: (partition: AssignedPartition) => void): void => {
      const partition = this.of(place)
      if (partition?.cursor === cursor) then(partition)
    }
    return {
      assigned: (generation, gained, kept, rebalance) => this.assigned(generation, gained, kept, rebalance),
      revoking: (partitions, deadline) => this.revoking(partitions, deadline),
      lost: (partitions, fault) => {
        this.lost(partitions, fault)
        settled()
      },
      records: (fetched) => this.of(fetched.run)?.delivery.buffer.receive(fetched),
      backlog: () => ({ bytes: this.buffered.bytes, isMoving: this.pump.isBusy }),
      outOfRange: (place, cursor) => reading(place, cursor, (partition) => this.trouble.outOfRange(partition)),
      truncated: (place, cursor, end) => reading(place, cursor, (partition) => this.trouble.truncated(partition, end)),
      recreated: (topic, partition) => this.recreated(topic, partition),
      refused: (place, cursor, fault) => reading(place, cursor, (partition) => this.trouble.refused(partition, fault)),
      event: outlets.event,
      fault: sessionOver
    }
  }

  private assigned(
    generation: number,
    gained: readonly TopicPartition[],
    kept: readonly TopicPartition[],
    rebalance: RebalanceSummary | null
  ): void {
    this.generation = generation
    if (!this.context.isRunning()) return
    this.revocations.regained(gained)
    const partitions = gained.map((partition) => this.add(partition))
    this.context.outlets.rebalance({ _tag: 'assigned', generation, gained, kept, rebalance })
    if (partitions.length === 0) return
    // Not before the next turn, so that all subscribers of a shared outer stream are subscribed by then.
    this.context.tasks.nextTurn(() => {
      for (const partition of partitions) {
        if (!partition.isLive) continue
        this.context.emit(partition.stream)
        partition.emitted()
      }
    })
    this.starts.begin(partitions)
  }

  private revoking(places: readonly TopicPartition[], deadline: number): void {
    // Partitions that were assigned while the member was leaving were never reported.
    const foreign = places.filter((place) => this.of(place) === undefined)
    if (foreign.length > 0) this.session.release(foreign)
    this.end(
      places.flatMap((place) => this.of(place) ?? []),
      'revoke',
      deadline
    )
  }

  private recreated(topic: string, partition: number | null): void {
    const isOf = (one: AssignedPartition): boolean =>
      one.topic === topic && (partition ?? one.partition) === one.partition
    this.trouble.recreated(topic, this.all.filter(isOf))
  }

  private add(place: TopicPartition): AssignedPartition {
    const key = keyOf(place)
    const partition = new AssignedPartition(place, this.partitionContext, this.context.paused.has(key))
    partition.commits.downstream(this.context.downstream)
    this.partitions.set(key, partition)
    return partition
  }

  private contextOfEach(): PartitionContext<AssignedPartition> {
    const { session, commits, pump, buffered } = this
    const { cluster, settings, outlets, failed } = this.context
    const { clock } = cluster
    const count = (): number => this.partitions.size
    return {
      clock,
      settings,
      session,
      commits,
      pump,
      buffered,
      failed,
      report: outlets.event,
      memory: new InFlightMemory(settings.maxInFlightBytes, count, (run) => clock.turn(run)),
      share: () => Math.min(settings.maxPartitionFetchBytes, Math.ceil(settings.fetchMaxBytes / Math.max(1, count()))),
      locate: (partition, cursor, position) => this.starts.locate(partition, cursor, position),
      stalled: (partition, forMs) => this.giveUpStalled(partition, forMs),
      cameToRest: (partition) => this.stalled.cameToRest(partition),
      unreadable: (partition, fault) => this.trouble.unreadable(partition, fault),
      revoked: (partition, report) => {
        this.over(partition, report)
        this.revocations.ended(partition, report)
        this.context.settled()
      }
    }
  }

  private readFailed(fault: Fault): void {
    // If the session was closed meanwhile, the close has its own reason.
    if (fault._tag !== 'ClosedFault') this.context.failed(new ConsumerError(fault))
  }

  private giveUpStalled(stalled: AssignedPartition, forMs: number): void {
    const { outlets } = this.context
    const { topic, partition, groupId } = stalled
    const { inFlight } = stalled.positionReport()
    outlets.event({ _tag: 'stalled', topic, partition, forMs, inFlight })
    if (!this.context.isRunning() || this.generation < 0 || stalled.isEnding) return
    const fault: Fault = { _tag: 'MembershipLostFault', groupId: groupId ?? '', reason: 'stalled' }
    this.forget(stalled)
    const report = this.stalled.add(stalled, fault)
    if (report !== null) outlets.rebalance({ _tag: 'lost', generation: this.generation, partitions: [report], fault })
  }

  private over(partition: AssignedPartition, report: PartitionDrainReport): void {
    this.forget(partition)
    this.context.ended(report)
  }

  private forget(partition: AssignedPartition): void {
    this.partitions.delete(keyOf(partition))
    this.starts.forget(partition)
    this.trouble.forget(partition)
  }
}

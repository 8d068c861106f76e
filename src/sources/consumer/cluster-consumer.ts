import { type Either, isLeft, left } from 'fp-ts/lib/Either.js'
import { Observable, type Observer, of, Subject, type Subscription } from 'rxjs'
import {
  aPosition,
  problemsWithOffsetsOrNone,
  problemsWithPlace,
  problemsWithPlaces,
  problemsWithTimes
} from '../../config/check-places.js'
import { type ConsumerConfig, type ConsumerSettings, decodeConsumerConfig } from '../../config/consumer-config.js'
import type { Subscribed } from '../../config/subscribed.js'
import { sourceSubscribed } from '../../internal/subscribed-sources.js'
import { nameSource } from '../../internal/source-names.js'
import { policiesDownstream } from '../../internal/commit-policies.js'
import {
  aFunction,
  milliseconds,
  optional,
  problemsWith,
  problemsWithOptions,
  refuseWrong,
  truth
} from '../../model/check-arguments.js'
import type { CommitEvent } from '../../model/commit-event.js'
import type { Committed } from '../../model/committed.js'
import { ConsumerError } from '../../model/consumer-error.js'
import type { ConsumerEvent } from '../../model/consumer-event.js'
import type { ConsumerStatus } from '../../model/consumer-status.js'
import type { DrainReport } from '../../model/drain-report.js'
import type { ConfigProblem, Fault } from '../../model/fault.js'
import type { FoundOffset } from '../../model/found-offset.js'
import type { GroupOffset } from '../../model/group-offset.js'
import { jsonReport } from '../../model/json-report.js'
import type { OffsetToCommit } from '../../model/offset-to-commit.js'
import type { PartitionPosition } from '../../model/partition-position.js'
import type { PartitionStream } from '../../model/partition-stream.js'
import type { Position } from '../../model/position.js'
import type { RebalanceEvent } from '../../model/rebalance-event.js'
import { partitionKey, type TopicPartition } from '../../model/topic-partition.js'
import type { Cluster } from '../../ports/cluster.js'
import type { Step } from '../../ports/step.js'
import type { ConsumerRun } from './consumer-run.js'
import { ConsumerRuns } from './consumer-runs.js'
import type { LeaveOptions } from './leave-options.js'
import { OffsetLookups, type TimeQuery } from './offset-lookups.js'
import { positionUpdates, type PositionUpdatesOptions, type UpdateSource } from './position-updates.js'
import { StatusTracker } from './status-tracker.js'

/** `LeaveOptions` */
const leaving = { timeoutMs: optional(milliseconds), leaveGroup: optional(truth) }
const aPeriod = {
  allowed: `${milliseconds.allowed}, and more than 0`,
  holds: (given: unknown): boolean => given !== 0 && milliseconds.holds(given)
}

const anObserver = {
  allowed: "an observer; what a consumer reads is its property subscription: subscribe('orders')",
  holds: (given: unknown): boolean =>
    typeof given !== 'object' || given === null || 'next' in given || !('topics' in given || 'topic' in given)
}

/** Rejects the promise if arguments are invalid, so that nothing is started; null if they are valid. */
const rejected = (problems: readonly ConfigProblem[]): Promise<never> | null =>
  problems.length === 0 ? null : Promise.reject(new ConsumerError({ _tag: 'ConfigFault', problems }))

/** The `Consumer` that `consumer` returns: one subscription after the other, each a `ConsumerRun`. */
export class ClusterConsumer extends Observable<PartitionStream> implements AsyncDisposable {
  readonly rebalances: Observable<RebalanceEvent>
  readonly commits: Observable<CommitEvent>
  readonly events: Observable<ConsumerEvent>
  private readonly config: ConsumerConfig
  private readonly settings: ConsumerSettings
  private readonly lookups: OffsetLookups
  private readonly tracker: StatusTracker
  private readonly updates: Omit<UpdateSource<never>, 'state'>
  private readonly runs: ConsumerRuns

  constructor(cluster: Cluster, config: ConsumerConfig, decoded: ConsumerSettings) {
    super((subscriber) => {
      sourceSubscribed(this)
      this.runs.subscribed(subscriber, policiesDownstream())
    })
    const rebalances = new Subject<RebalanceEvent>()
    const commits = new Subject<CommitEvent>()
    const events = new Subject<ConsumerEvent>()
    this.rebalances = rebalances.asObservable()
    this.commits = commits.asObservable()
    this.events = events.asObservable()
    nameSource(this, decoded.groupId === null ? 'consumer' : `consumer ${decoded.groupId}`)
    this.config = config
    this.settings = decoded
    this.tracker = new StatusTracker(cluster.clock, decoded.groupId, () => this.runs.last?.runState ?? null)
    // The status describes the subscription, so the events of lookups do not go into it.
    this.lookups = new OffsetLookups(cluster, decoded, (event) => {
      events.next(jsonReport(event))
    })
    const outlets = {
      rebalance: (event: RebalanceEvent) => {
        this.tracker.rebalance(event)
        rebalances.next(jsonReport(event))
      },
      commit: (event: CommitEvent) => {
        this.tracker.commit(event)
        commits.next(jsonReport(event))
      },
      event: (event: ConsumerEvent) => {
        this.tracker.event(event)
        events.next(jsonReport(event))
      }
    }
    this.runs = new ConsumerRuns(cluster, config, decoded, outlets, () => {
      this.tracker.began()
    })
    this.updates = {
      clock: cluster.clock,
      lookUpLogEnds: () => this.runs.last?.lookUpLogEnds() ?? of(undefined),
      ended: this.runs.ended,
      isEnded: () => this.runs.last?.isEnded === true
    }
  }

  /** In plain JavaScript `subscribe({ topics })`, as kafkajs has it, would be an observer that looks at nothing. */
  override subscribe(
    observer?: Partial<Observer<PartitionStream>> | ((partition: PartitionStream) => void) | null,
    error?: ((error: unknown) => void) | null,
    complete?: (() => void) | null
  ): Subscription {
    refuseWrong(problemsWith('subscribe', observer, anObserver))
    if (typeof observer === 'object' && observer !== null) return super.subscribe(observer)
    return super.subscribe({ next: observer, error, complete } as Partial<Observer<PartitionStream>>)
  }

  positions(): readonly PartitionPosition[] {
    return (this.runs.last?.positions() ?? []).map(jsonReport)
  }

  positionUpdates(options: PositionUpdatesOptions = {}): Observable<readonly PartitionPosition[]> {
    refuseWrong(problemsWithOptions('positionUpdates', options, { everyMs: optional(aPeriod) }))
    return positionUpdates({ ...this.updates, state: () => this.positions() }, options)
  }

  status(): ConsumerStatus {
    return this.tracker.status(this.positions())
  }

  statusUpdates(options: PositionUpdatesOptions = {}): Observable<ConsumerStatus> {
    refuseWrong(problemsWithOptions('statusUpdates', options, { everyMs: optional(aPeriod) }))
    return positionUpdates({ ...this.updates, state: () => this.status() }, options)
  }

  pause(partitions: readonly TopicPartition[] = this.positions()): void {
    refuseWrong(problemsWithPlaces('pause: partitions', partitions))
    for (const partition of partitions) {
      this.runs.paused.add(partitionKey(partition.topic, partition.partition))
      this.runs.last?.pause(partition, true)
    }
  }

  resume(partitions?: readonly TopicPartition[]): void {
    refuseWrong(partitions === undefined ? [] : problemsWithPlaces('resume: partitions', partitions))
    if (partitions === undefined) this.runs.paused.clear()
    for (const partition of partitions ?? this.positions()) {
      this.runs.paused.delete(partitionKey(partition.topic, partition.partition))
      this.runs.last?.pause(partition, false)
    }
  }

  seek(partition: TopicPartition, position: Position): void {
    refuseWrong(problemsWithPlace('seek: partition', partition), problemsWith('seek: position', position, aPosition))
    if (this.runs.last?.seek(partition, position) === true) return
    const name = `${partition.topic}/${String(partition.partition)}`
    throw new ConsumerError({
      _tag: 'UsageFault',
      reason: `${name} is not assigned: seek only what is, or use startFrom`
    })
  }

  committed(partitions: readonly TopicPartition[]): Promise<readonly GroupOffset[]> {
    const problems = problemsWithPlaces('committed: partitions', partitions)
    return rejected(problems) ?? promised(this.lookups.committed(partitions))
  }

  beginningOffsets(partitions: readonly TopicPartition[]): Promise<readonly Committed[]> {
    const problems = problemsWithPlaces('beginningOffsets: partitions', partitions)
    return rejected(problems) ?? promised(this.lookups.ends(partitions, 'earliest'))
  }

  endOffsets(partitions: readonly TopicPartition[]): Promise<readonly Committed[]> {
    const problems = problemsWithPlaces('endOffsets: partitions', partitions)
    return rejected(problems) ?? promised(this.lookups.ends(partitions, 'latest'))
  }

  offsetsForTimes(queries: readonly TimeQuery[]): Promise<readonly FoundOffset[]> {
    const problems = problemsWithTimes('offsetsForTimes: queries', queries)
    return rejected(problems) ?? promised(this.lookups.forTimes(queries))
  }

  resubscribe(subscription: Subscribed): void {
    const settings = decodeConsumerConfig({ ...this.config, subscription })
    if (isLeft(settings)) throw new ConsumerError(settings.left)
    this.runs.resubscribe(settings.right.subscription)
  }

  commitSync(offsets?: readonly OffsetToCommit[]): Promise<readonly Committed[]> {
    return new Promise((resolve, reject) => {
      // Inside the promise, so that it rejects instead of throwing.
      refuseWrong(problemsWithOffsetsOrNone('commitSync: offsets', offsets))
      this.commit(offsets, 'commitSync', (answer) => {
        if (isLeft(answer)) reject(new ConsumerError(answer.left))
        else resolve(answer.right)
      })
    })
  }

  commitAsync(
    offsets?: readonly OffsetToCommit[],
    callback: (outcome: Either<Fault, readonly Committed[]>) => void = () => undefined
  ): void {
    refuseWrong(
      problemsWithOffsetsOrNone('commitAsync: offsets', offsets),
      problemsWith('commitAsync: callback', callback, aFunction)
    )
    this.commit(offsets, 'commitAsync', callback)
  }

  private commit(
    offsets: readonly OffsetToCommit[] | undefined,
    trigger: 'commitSync' | 'commitAsync',
    answered: (answer: Either<Fault, readonly Committed[]>) => void
  ): void {
    const { last: run } = this.runs
    const over: Fault | null =
      run === null
        ? { _tag: 'UsageFault', reason: `${trigger}: nothing is subscribed to the consumer yet` }
        : run.isEnded
          ? { _tag: 'ClosedFault', what: 'the consumer' }
          : null
    if (over !== null) this.updates.clock.turn(() => answered(left(over)))
    else run?.commit(offsets ?? null, trigger, answered)
  }

  drain(options: LeaveOptions = {}): Promise<DrainReport> {
    const refused = rejected(problemsWithOptions('drain', options, leaving))
    if (refused !== null) return refused
    const { timeoutMs = this.settings.drainTimeoutMs, leaveGroup } = options
    return this.ended((run) => {
      run.drain(timeoutMs, leaveGroup)
    })
  }

  async close(options: LeaveOptions = {}): Promise<void> {
    refuseWrong(problemsWithOptions('close', options, leaving))
    const { timeoutMs, leaveGroup } = options
    await this.ended((run) => {
      run.close(timeoutMs, leaveGroup)
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.drain()
  }

  private ended(how: (run: ConsumerRun) => void): Promise<DrainReport> {
    return new Promise((resolve) => {
      this.runs.end(how, resolve)
    })
  }
}

const promised = <A extends object>(step: Step<A>): Promise<A> =>
  new Promise((resolve, reject) => {
    step.subscribe((answer) => {
      if (isLeft(answer)) reject(new ConsumerError(answer.left))
      else resolve(jsonReport(answer.right))
    })
  })

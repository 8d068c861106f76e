import { type Either, isLeft, left } from 'fp-ts/lib/Either.js'
import { Observable, of, Subject, type Subscriber } from 'rxjs'
import { type ConsumerConfig, type ConsumerSettings, decodeConsumerConfig } from '../../config/consumer-config.js'
import {
  aPosition,
  problemsWithOffsetsOrNone,
  problemsWithPlace,
  problemsWithPlaces,
  problemsWithTimes
} from '../../config/check-places.js'
import { handlerOnStack } from '../../internal/running-handler.js'
import { aCluster, aFunction, milliseconds, optional, problemsWith, problemsWithOptions, refuseWrong, truth } from '../../model/check-arguments.js' // prettier-ignore
import type { Subscribed } from '../../config/subscribed.js'
import type { CommitEvent } from '../../model/commit-event.js'
import { policiesDownstream } from '../../internal/store-policies.js'
import type { CommitPolicy } from '../../model/acknowledgement.js'
import type { Committed } from '../../model/committed.js'
import { ConsumerError } from '../../model/consumer-error.js'
import type { ConsumerEvent } from '../../model/consumer-event.js'
import type { DrainReport } from '../../model/drain-report.js'
import type { ConfigProblem, Fault } from '../../model/fault.js'
import type { FoundOffset } from '../../model/found-offset.js'
import type { GroupOffset } from '../../model/group-offset.js'
import type { OffsetToCommit } from '../../model/offset-to-commit.js'
import type { PartitionPosition } from '../../model/partition-position.js'
import type { PartitionStream } from '../../model/partition-stream.js'
import type { Position } from '../../model/position.js'
import type { RebalanceEvent } from '../../model/rebalance-event.js'
import { partitionKey, type TopicPartition } from '../../model/topic-partition.js'
import type { Cluster } from '../../ports/cluster.js'
import type { Step } from '../../ports/step.js'
import { ConsumerRun } from './consumer-run.js'
import { OffsetLookups, type TimeQuery } from './offset-lookups.js'
import { positionUpdates, type PositionUpdatesOptions } from './position-updates.js'

/**
 * A member of a consumer group (or a reader of chosen partitions), as the stream of the partitions that it is given.
 *
 * It joins when it is subscribed to, and leaves when it is unsubscribed from, drained or closed. At most one subscription
 * is live at a time: one that comes while the former is leaving waits for it (so that `retry()` works), any other gets a
 * `UsageFault`.
 *
 * - Emits a stream for each partition that is assigned, no earlier than a turn of the event loop after the assignment.
 * - Completes after `drain()` and `close()`.
 * - Errors with a `ConsumerError` for what cannot heal: authentication, authorisation, configuration, fencing, no offset to
 *   begin at; and, under `eachPartition`, with a pipeline's own error. Brokers that are down are waited for.
 */
export interface Consumer extends Observable<PartitionStream>, AsyncDisposable {
  /** What rebalances did to this member. Hot, without replay; never errors or completes, survives re-subscription. */
  readonly rebalances: Observable<RebalanceEvent>
  /** What became of commits. Hot, without replay; never errors or completes, survives re-subscription. */
  readonly commits: Observable<CommitEvent>
  /** Everything else worth knowing. Hot, without replay; never errors or completes, survives re-subscription. */
  readonly events: Observable<ConsumerEvent>
  /** Where each assigned partition stands, and the one reason why it is not moving. */
  positions(): readonly PartitionPosition[]
  /**
   * The positions now and every so often, for a gauge of the lag; the cluster is asked where the logs end, so that what is
   * paused or stands has its true lag too. Never errors or completes; empty while nothing is assigned.
   */
  positionUpdates(options?: PositionUpdatesOptions): Observable<readonly PartitionPosition[]>
  /** Stops the delivery of these partitions (all that are assigned, if none is named), until `resume`. Survives rebalances. */
  pause(partitions?: readonly TopicPartition[]): void
  /** Undoes `pause`; without arguments for every paused partition. */
  resume(partitions?: readonly TopicPartition[]): void
  /**
   * Goes on at another position. From the call on nothing from before is delivered, and acknowledgements of it do nothing any
   * more, also while the position is still looked up (`'committed'`, a timestamp, an end); of several seeks the last one
   * counts, in whatever order they are answered. The partition has to be assigned, else a `ConsumerError` is thrown; from
   * the event `assigned` on it is, before `startFrom` and the committed offset are known, which count no more then.
   */
  seek(partition: TopicPartition, position: Position): void
  /**
   * What the group has stored for these partitions, in their order. Like the lookups below it works with or without a
   * subscription, for partitions that are assigned to nobody or to somebody else: it has connections of its own for the time it
   * takes, joins nothing and reads nothing. What may succeed later is tried again for `default.api.timeout.ms`; then, and for
   * what cannot succeed, it rejects with a `ConsumerError`.
   *
   * @example
   * const [stored] = await orders.committed([{ topic: 'orders', partition: 0 }]) // { topic, partition, offset: 42n, metadata: '' }
   */
  committed(partitions: readonly TopicPartition[]): Promise<readonly GroupOffset[]>
  /** Where the logs of these partitions begin: their first record that is still there. As `committed`. */
  beginningOffsets(partitions: readonly TopicPartition[]): Promise<readonly Committed[]>
  /** Where the logs of these partitions end: the next record; under `read_committed` the last stable offset. As `committed`. */
  endOffsets(partitions: readonly TopicPartition[]): Promise<readonly Committed[]>
  /** The first record at or after a time in each of these partitions, null where there is none. As `committed`. */
  offsetsForTimes(queries: readonly TimeQuery[]): Promise<readonly FoundOffset[]>
  /**
   * Reads these topics instead of those so far, as `subscribe` of Java's consumer does; it may be called at any time.
   *
   * While it runs the group assigns anew: what is kept sees nothing of it under the cooperative protocol, what is not
   * subscribed to any more is drained as at a revocation, what has come is emitted. A topic that is subscribed to anew begins
   * at its committed offset, else by `auto.offset.reset`. A later subscription of the consumer begins with what was said last.
   *
   * @throws ConsumerError with a `ConfigFault` for what cannot be subscribed to, or, while it runs, with a `UsageFault` where
   * partitions are assigned by hand: drain first, then they may be changed
   *
   * @example
   * orders.resubscribe(subscribe('orders', 'refunds'))
   */
  resubscribe(subscription: Subscribed): void
  /**
   * Stores what is acknowledged now, of every assigned partition; resolves with what was stored once the group has it.
   *
   * Offsets that are given acknowledge everything below them, as Kafka's do, and are stored as they are given. One below what
   * is committed already sets the stored offset back, and nothing else, as in Java's client: delivery goes on where it is,
   * what is acknowledged stays so, and the next commit of another trigger (`enable.auto.commit`, `commit()`, a drain) stores
   * the higher offset again. One beyond the delivered position is refused with an `OffsetRefusedFault` (that is for `seek`),
   * and none of them is acknowledged then.
   * What may succeed later is tried again for `default.api.timeout.ms`; then, and where the partition is given up or sought
   * elsewhere meanwhile, it rejects with a `ConsumerError`. Nothing acknowledged is lost by that: later commits store it.
   */
  commitSync(offsets?: readonly OffsetToCommit[]): Promise<readonly Committed[]>
  /**
   * As `commitSync`, without waiting. Commits keep their order: an older one never overwrites a newer one, and callbacks are
   * called in the order of the calls, never within one.
   */
  commitAsync(
    offsets?: readonly OffsetToCommit[],
    callback?: (outcome: Either<Fault, readonly Committed[]>) => void
  ): void
  /**
   * Stops the intake, completes the partition streams, waits until everything delivered is settled, commits, leaves.
   * Idempotent; never rejects, but for options that it cannot work with.
   *
   * A handler may ask for it, but the drain waits for the handler: one that waits for the drain in turn, `await
   * orders.drain()`, is answered with the outcome `under way` as soon as the other partitions are through, if it has asked
   * before its first `await`, and at the deadline if it has asked later. What is left goes on once it has returned.
   *
   * @param options.timeoutMs how long to wait for what is in flight and for the cluster; default `drain.timeout.ms`
   */
  drain(options?: LeaveOptions): Promise<DrainReport>
  /**
   * Aborts what is in flight, stores what is settled, leaves. Overtakes a drain; ends in every state.
   *
   * @param options.timeoutMs how long to wait for the cluster; default 5000
   */
  close(options?: LeaveOptions): Promise<void>
}

/** How a member goes. */
export interface LeaveOptions {
  /**
   * Whether the group is told, and shares its partitions out at once. Else it waits for the session to be over; a static
   * member (`group.instance.id`) that is back by then goes on with what it had, without a rebalance.
   *
   * @default true, false for a static member, as in Java's client
   */
  readonly leaveGroup?: boolean
  /** It is over by then, in ms from the call, whether brokers answer or not. Of two calls the earlier deadline holds. */
  readonly timeoutMs?: number
}

/**
 * Makes a consumer of a cluster. Nothing is connected before it is subscribed to.
 *
 * @throws ConsumerError with a `ConfigFault` that lists everything that is wrong with `config`
 *
 * @example
 * const orders = consumer(cluster, { 'group.id': 'billing', subscription: subscribe('orders') })
 * orders.pipe(eachPartition((partition) => partition.pipe(handle(save), commit()))).subscribe()
 * await orders.drain()
 */
export function consumer(cluster: Cluster, config: ConsumerConfig): Consumer {
  const settings = decodeConsumerConfig(config)
  refuseWrong(problemsWith('consumer: cluster', cluster, aCluster), isLeft(settings) ? settings.left.problems : [])
  if (isLeft(settings)) throw new ConsumerError(settings.left)
  return new ClusterConsumer(cluster, config, settings.right)
}

/** `LeaveOptions` */
const leaving = { timeoutMs: optional(milliseconds), leaveGroup: optional(truth) }
const aPeriod = { allowed: `${milliseconds.allowed}, and more than 0`, holds: (given: unknown): boolean => given !== 0 && milliseconds.holds(given) } // prettier-ignore

/** What was given wrong rejects the promise, and nothing is begun; null if nothing is wrong. */
const rejected = (problems: readonly ConfigProblem[]): Promise<never> | null =>
  problems.length === 0 ? null : Promise.reject(new ConsumerError({ _tag: 'ConfigFault', problems }))

class ClusterConsumer extends Observable<PartitionStream> implements Consumer {
  readonly rebalances: Observable<RebalanceEvent>
  readonly commits: Observable<CommitEvent>
  readonly events: Observable<ConsumerEvent>
  private readonly config: ConsumerConfig
  private readonly settings: ConsumerSettings
  private subscription: ConsumerSettings['subscription']
  private readonly clock: Cluster['clock']
  private readonly open: (subscriber: Subscriber<PartitionStream>, downstream: readonly CommitPolicy[]) => ConsumerRun
  private readonly lookups: OffsetLookups
  private readonly paused = new Set<string>()
  private run: ConsumerRun | null = null
  private waiting = false

  constructor(cluster: Cluster, config: ConsumerConfig, decoded: ConsumerSettings) {
    super((subscriber) => this.subscribed(subscriber))
    const rebalances = new Subject<RebalanceEvent>()
    const commits = new Subject<CommitEvent>()
    const events = new Subject<ConsumerEvent>()
    this.rebalances = rebalances.asObservable()
    this.commits = commits.asObservable()
    this.events = events.asObservable()
    this.config = config
    this.subscription = decoded.subscription
    // Whoever looks at it sees what is subscribed to now.
    const settings = Object.defineProperty({ ...decoded }, 'subscription', { get: () => this.subscription })
    this.settings = settings
    this.clock = cluster.clock
    this.lookups = new OffsetLookups(cluster, settings)
    const options = {
      cluster,
      settings,
      startFrom: config.startFrom ?? null,
      random: cluster.random,
      paused: this.paused,
      outlets: {
        rebalance: (event: RebalanceEvent) => {
          rebalances.next(event)
        },
        commit: (event: CommitEvent) => {
          commits.next(event)
        },
        event: (event: ConsumerEvent) => {
          events.next(event)
        }
      }
    }
    this.open = (subscriber, downstream) => new ConsumerRun({ ...options, downstream }, subscriber)
  }

  positions(): readonly PartitionPosition[] {
    return this.run?.positions() ?? []
  }

  positionUpdates(options: PositionUpdatesOptions = {}): Observable<readonly PartitionPosition[]> {
    refuseWrong(problemsWithOptions('positionUpdates', options, { everyMs: optional(aPeriod) }))
    return positionUpdates(
      {
        clock: this.clock,
        positions: () => this.positions(),
        lookUpLogEnds: () => this.run?.lookUpLogEnds() ?? of(undefined)
      },
      options
    )
  }

  pause(partitions: readonly TopicPartition[] = this.positions()): void {
    refuseWrong(problemsWithPlaces('pause: partitions', partitions))
    for (const partition of partitions) {
      this.paused.add(partitionKey(partition.topic, partition.partition))
      this.run?.pause(partition, true)
    }
  }

  resume(partitions?: readonly TopicPartition[]): void {
    refuseWrong(partitions === undefined ? [] : problemsWithPlaces('resume: partitions', partitions))
    if (partitions === undefined) this.paused.clear()
    for (const partition of partitions ?? this.positions()) {
      this.paused.delete(partitionKey(partition.topic, partition.partition))
      this.run?.pause(partition, false)
    }
  }

  seek(partition: TopicPartition, position: Position): void {
    refuseWrong(problemsWithPlace('seek: partition', partition), problemsWith('seek: position', position, aPosition))
    if (this.run?.seek(partition, position) === true) return
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
    const next = settings.right.subscription
    const isLive = this.run !== null && !this.run.isLeaving
    if (isLive && (next._tag === 'partitions' || this.subscription._tag === 'partitions')) {
      const reason = 'partitions that are assigned by hand cannot be changed while they are read: drain first'
      throw new ConsumerError({ _tag: 'UsageFault', reason })
    }
    this.subscription = next
    if (isLive) this.run?.resubscribed()
  }

  commitSync(offsets?: readonly OffsetToCommit[]): Promise<readonly Committed[]> {
    return new Promise((resolve, reject) => {
      // Within the promise, so that it rejects.
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
    const { run } = this
    if (run === null || run.isEnded) answered(left({ _tag: 'ClosedFault', what: 'the consumer' }))
    else run.commit(offsets ?? null, trigger, answered)
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

  private ended(begin: (run: ConsumerRun) => void): Promise<DrainReport> {
    const { run } = this
    if (run === null || run.isEnded) return Promise.resolve({ outcome: 'drained', partitions: [] })
    return new Promise((resolve) => {
      const handler = handlerOnStack()
      if (handler === null) run.onEnd(resolve)
      else run.onEndFor(handler, resolve)
      begin(run)
    })
  }

  private subscribed(subscriber: Subscriber<PartitionStream>): void {
    const { run } = this
    const downstream = policiesDownstream()
    if (run === null || run.isEnded) {
      this.start(subscriber, downstream)
      return
    }
    if (!run.isLeaving || this.waiting) {
      const reason = 'the consumer has a live subscription already: share() it, or make a second consumer'
      subscriber.error(new ConsumerError({ _tag: 'UsageFault', reason }))
      return
    }
    this.waiting = true
    subscriber.add(() => {
      this.waiting = false
    })
    run.onEnd(() => {
      this.waiting = false
      if (!subscriber.closed) this.start(subscriber, downstream)
    })
  }

  private start(subscriber: Subscriber<PartitionStream>, downstream: readonly CommitPolicy[]): void {
    const run = this.open(subscriber, downstream)
    this.run = run
    subscriber.add(() => {
      run.unsubscribed()
    })
  }
}

const promised = <A>(step: Step<A>): Promise<A> =>
  new Promise((resolve, reject) => {
    step.subscribe((answer) => {
      if (isLeft(answer)) reject(new ConsumerError(answer.left))
      else resolve(answer.right)
    })
  })

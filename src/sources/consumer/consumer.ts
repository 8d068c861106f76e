import { type Either, isLeft } from 'fp-ts/lib/Either.js'
import type { Observable } from 'rxjs'
import { type ConsumerConfig, decodeConsumerConfig } from '../../config/consumer-config.js'
import type { Subscribed } from '../../config/subscribed.js'
import { aCluster, problemsWith, refuseWrong } from '../../model/check-arguments.js'
import type { CommitEvent } from '../../model/commit-event.js'
import type { Committed } from '../../model/committed.js'
import { ConsumerError } from '../../model/consumer-error.js'
import type { ConsumerEvent } from '../../model/consumer-event.js'
import type { ConsumerStatus } from '../../model/consumer-status.js'
import type { DrainReport } from '../../model/drain-report.js'
import type { Fault } from '../../model/fault.js'
import type { FoundOffset } from '../../model/found-offset.js'
import type { GroupOffset } from '../../model/group-offset.js'
import type { OffsetToCommit } from '../../model/offset-to-commit.js'
import type { PartitionPosition } from '../../model/partition-position.js'
import type { PartitionStream } from '../../model/partition-stream.js'
import type { Position } from '../../model/position.js'
import type { RebalanceEvent } from '../../model/rebalance-event.js'
import type { TopicPartition } from '../../model/topic-partition.js'
import type { Cluster } from '../../ports/cluster.js'
import { ClusterConsumer } from './cluster-consumer.js'
import type { LeaveOptions } from './leave-options.js'
import type { TimeQuery } from './offset-lookups.js'
import type { PositionUpdatesOptions } from './position-updates.js'

/**
 * A member of a consumer group (or a reader of chosen partitions), as the stream of its assigned partitions.
 *
 * It joins when it is subscribed to, and leaves when it is unsubscribed from, drained or closed. At most one
 * subscription is live at a time: a new one waits while the former is leaving (so that `retry()` works); otherwise it
 * gets a `UsageFault`.
 *
 * - Emits a stream for each assigned partition, no earlier than a turn of the event loop after the assignment.
 * - Completes after `drain()` and `close()`.
 * - Errors with a `ConsumerError` for permanent faults: authentication, authorisation, configuration, fencing, no
 *   offset to begin at; and, under `eachPartition`, with a pipeline's own error. It waits for brokers that are down.
 */
export interface Consumer extends Observable<PartitionStream>, AsyncDisposable {
  /**
   * The effects of rebalances on this member. Hot, without replay; never errors or completes, survives re-subscription.
   */
  readonly rebalances: Observable<RebalanceEvent>
  /** The results of commits. Hot, without replay; never errors or completes, survives re-subscription. */
  readonly commits: Observable<CommitEvent>
  /** All other events. Hot, without replay; never errors or completes, survives re-subscription. */
  readonly events: Observable<ConsumerEvent>
  /** The progress of each assigned partition, and the one reason why it makes none. */
  positions(): readonly PartitionPosition[]
  /**
   * The positions now and at each interval, for a gauge of the lag. It asks the cluster for the ends of the logs, so
   * that a paused or stopped partition has its true lag too. Never errors; empty while nothing is assigned. Completes
   * when the consumer has left, with the last positions: a later subscription of the consumer needs a new one.
   */
  positionUpdates(options?: PositionUpdatesOptions): Observable<readonly PartitionPosition[]>
  /**
   * What it does, or why it does not: phase, what it waits for, membership, and each partition with its lag (in records
   * as Kafka's tools count it, and in time), rates, records in flight and the oldest of them. For JSON: offsets are
   * texts. Computed by each call; there is no cost per record.
   *
   * @example
   * createServer((_, answer) => answer.end(JSON.stringify(orders.status())))
   */
  status(): ConsumerStatus
  /** The status now and at each interval, as `positionUpdates`; completes when the consumer has left. */
  statusUpdates(options?: PositionUpdatesOptions): Observable<ConsumerStatus>
  /** Stops the delivery of these partitions (by default of all assigned ones), until `resume`. Survives rebalances. */
  pause(partitions?: readonly TopicPartition[]): void
  /** Undoes `pause`; without arguments for every paused partition. */
  resume(partitions?: readonly TopicPartition[]): void
  /**
   * Continues at another position. After the call no earlier record is delivered, and acknowledgements of earlier
   * records have no effect, even while the position is still being looked up (`'committed'`, a timestamp, an end). If
   * there are several seeks, the last one counts, in whatever order they are answered. Throws a `ConsumerError` if the
   * partition is not assigned. It is assigned from the event `assigned` on, before `startFrom` and the committed offset
   * are known; a seek overrides both.
   */
  seek(partition: TopicPartition, position: Position): void
  /**
   * The committed offsets of the group for these partitions, in their order. Like the lookups below it works with or
   * without a subscription, and for partitions that are assigned to another member or to none: it opens its own
   * connections for the time it takes, joins nothing and reads nothing. Requests that may succeed later are retried for
   * `default.api.timeout.ms`; after that, and for permanent failures, it rejects with a `ConsumerError`.
   *
   * @example
   * const [stored] = await orders.committed([{ topic: 'orders', partition: 0 }]) // { topic, partition, offset: 42n, metadata: '' }
   */
  committed(partitions: readonly TopicPartition[]): Promise<readonly GroupOffset[]>
  /** The beginnings of these partitions' logs: their first record that still exists. As `committed`. */
  beginningOffsets(partitions: readonly TopicPartition[]): Promise<readonly Committed[]>
  /**
   * The ends of these partitions' logs: the next record; under `read_committed` the last stable offset. As `committed`.
   */
  endOffsets(partitions: readonly TopicPartition[]): Promise<readonly Committed[]>
  /** The first record at or after a time in each of these partitions, null if there is none. As `committed`. */
  offsetsForTimes(queries: readonly TimeQuery[]): Promise<readonly FoundOffset[]>
  /**
   * Reads these topics, or these partitions, instead of the present ones, as `subscribe` and `assign` of Java's
   * consumer do; it may be called at any time. A later subscription of the consumer begins with the last ones.
   *
   * With `subscribe(…)` while it runs, the group rebalances: under the cooperative protocol kept partitions are not
   * affected, those of unsubscribed topics are drained as at a revocation, new ones are emitted. A new topic begins at
   * its committed offset, else by `auto.offset.reset`.
   *
   * With `assign(…)` partitions that are in both lists continue where they are, whatever their `from` says now (use
   * `seek` to move them). Removed partitions are drained and committed, within `drain.timeout.ms`; new ones are
   * emitted, and begin at their `from`. `rebalances` reports both. A partition that is assigned again while it is still
   * being drained begins when that has ended.
   *
   * @throws ConsumerError with a `ConfigFault` for an invalid subscription, or, while it runs, with a `UsageFault` for
   * partitions instead of topics or topics instead of partitions: drain first
   *
   * @example
   * orders.resubscribe(subscribe('orders', 'refunds'))
   * replay.resubscribe(assign([{ topic: 'orders', partition: 3, from: 'beginning' }]))
   */
  resubscribe(subscription: Subscribed): void
  /**
   * Commits what is acknowledged now, of every assigned partition; resolves with the committed offsets once the group
   * has them.
   *
   * Explicit offsets acknowledge everything below them, as Kafka's do, and are committed unchanged. An offset below the
   * committed one sets the committed offset back, and nothing else, as in Java's client: delivery continues where it
   * is, what is acknowledged stays so, and the next commit of another trigger (`enable.auto.commit`, `commit()`, a
   * drain) commits the higher offset again. If an offset is beyond the delivered position, it is refused with an
   * `OffsetRefusedFault` (use `seek` for that), and none of the offsets is acknowledged. While a partition drains its
   * offsets are accepted too, and the drain does not wait for the records that they acknowledge.
   *
   * A commit that may succeed later is retried for `default.api.timeout.ms`; after that, and if the partition is
   * released or sought elsewhere meanwhile, it rejects with a `ConsumerError`. No acknowledgement is lost by that:
   * later commits include it.
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
   * Idempotent; never rejects, except for invalid options.
   *
   * A handler may call it, but the drain waits for the handler. If the handler waits for the drain in turn
   * (`await orders.drain()`), it gets the outcome `under way`: as soon as the other partitions are done, if it called
   * `drain` before its first `await`, and at the deadline if it called it later. The drain continues once the handler
   * has returned.
   *
   * @param options.timeoutMs how long to wait for records in flight and for the cluster; default `drain.timeout.ms`
   */
  drain(options?: LeaveOptions): Promise<DrainReport>
  /**
   * Aborts what is in flight, commits what is settled, leaves. Replaces a running drain; ends in every state.
   *
   * @param options.timeoutMs how long to wait for the cluster; default 5000
   */
  close(options?: LeaveOptions): Promise<void>
}

/**
 * Makes a consumer of a cluster. It connects when it is subscribed to.
 *
 * @throws ConsumerError with a `ConfigFault` that lists every problem of `config`
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

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
   * paused or stands has its true lag too. Never errors; empty while nothing is assigned. Completes when the consumer has left,
   * with what it was then: a later subscription of the consumer is another.
   */
  positionUpdates(options?: PositionUpdatesOptions): Observable<readonly PartitionPosition[]>
  /**
   * What it does and why it does not: phase, what is waited for, membership, and each partition with its lag (in records as
   * Kafka's tools count it, and in time), rates, what is in flight and what is oldest. For JSON: offsets are texts. Made when it is
   * asked for; nothing is kept for it with each record.
   *
   * @example
   * createServer((_, answer) => answer.end(JSON.stringify(orders.status())))
   */
  status(): ConsumerStatus
  /** The status now and every so often, as `positionUpdates`; completes when the consumer has left. */
  statusUpdates(options?: PositionUpdatesOptions): Observable<ConsumerStatus>
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
   * Reads these topics, or these partitions, instead of those so far, as `subscribe` and `assign` of Java's consumer do; it may
   * be called at any time. A later subscription of the consumer begins with what was said last.
   *
   * With `subscribe(…)` while it runs the group assigns anew: what is kept sees nothing of it under the cooperative protocol,
   * what is not subscribed to any more is drained as at a revocation, what has come is emitted. A topic that is subscribed to
   * anew begins at its committed offset, else by `auto.offset.reset`.
   *
   * With `assign(…)` what is in both lists goes on where it is, whatever its `from` says now (`seek` is for that). What is not
   * assigned any more is drained and committed, within `drain.timeout.ms`; what has come is emitted, and begins at its `from`.
   * `rebalances` tells of both. A partition that is assigned again while it is still drained begins when that is over.
   *
   * @throws ConsumerError with a `ConfigFault` for what cannot be read, or, while it runs, with a `UsageFault` for partitions
   * instead of topics or topics instead of partitions: drain first
   *
   * @example
   * orders.resubscribe(subscribe('orders', 'refunds'))
   * replay.resubscribe(assign([{ topic: 'orders', partition: 3, from: 'beginning' }]))
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
   * While a partition drains its offsets are taken too, and what they acknowledge is waited for no longer.
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

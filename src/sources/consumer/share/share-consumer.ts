import { isLeft } from 'fp-ts/lib/Either.js'
import type { Observable } from 'rxjs'
import { decodeShareConsumerConfig, type ShareConsumerConfig } from '../../../config/share-consumer-config.js'
import type { AcknowledgementEvent } from '../../../model/acknowledgement-event.js'
import { aCluster, problemsWith, refuseWrong } from '../../../model/check-arguments.js'
import { ConsumerError } from '../../../model/consumer-error.js'
import type { ConsumerEvent } from '../../../model/consumer-event.js'
import type { ConsumerRecord } from '../../../model/consumer-record.js'
import type { ShareDrainReport } from '../../../model/share-drain-report.js'
import type { ShareStatus } from '../../../model/share-status.js'
import type { Shared } from '../../../model/shared.js'
import type { Cluster } from '../../../ports/cluster.js'
import { ClusterShareConsumer, type ShareLeaveOptions } from './cluster-share-consumer.js'

/**
 * A member of a share group (KIP-932, Kafka 4.1 and later), as the stream of the records that it acquires. Several
 * members may read one partition: each record is locked for one of them, and acknowledged on its own.
 *
 * - Emits records, not partitions: no member owns a partition, and no order holds beyond that of one acquisition. A
 *   record that was released, or whose lock was lost, comes again; `deliveryCount` tells.
 * - Settled (`ack()`, `settle`) means accepted. A record that is not acknowledged is released when the pipeline fails or
 *   is unsubscribed, and at the deadline of a drain.
 * - The lock of a record is renewed at two thirds of its time (Kafka 4.2 and later), for `max.poll.interval.ms` at most.
 * - Pressure: no more than `maxInFlight` records are acquired and not acknowledged.
 * - Completes after `drain()` and `close()`.
 * - Errors with a `ConsumerError` for permanent faults. It waits for brokers that are down.
 * - Unsubscribing releases what is in flight, and leaves the group.
 *
 * It joins when it is subscribed to. At most one subscription is live at a time: a new one waits while the former is
 * leaving (so that `retry()` works).
 */
export interface ShareConsumer extends Observable<ConsumerRecord & Shared>, AsyncDisposable {
  /** All events. Hot, without replay; never errors or completes, survives re-subscription. */
  readonly events: Observable<ConsumerEvent>
  /**
   * The results of acknowledgements, for each request and partition, including those that the broker refused. Hot, without
   * replay; never errors or completes, survives re-subscription.
   */
  readonly acknowledgements: Observable<AcknowledgementEvent>
  /**
   * Its phase, membership, partitions and counts. For JSON.
   *
   * @example
   * createServer((_, answer) => answer.end(JSON.stringify(jobs.status())))
   */
  status(): ShareStatus
  /**
   * Acquires nothing more, completes the stream, waits until everything delivered is acknowledged, closes its share
   * sessions and leaves. What is not acknowledged at the deadline, and what was not delivered, is released. Idempotent;
   * never rejects, except for invalid options. A handler that calls it gets the outcome `under way`.
   *
   * @param options.timeoutMs how long to wait for records in flight; default `drain.timeout.ms`
   */
  drain(options?: ShareLeaveOptions): Promise<ShareDrainReport>
  /**
   * Sends what is acknowledged, releases the rest, leaves. Replaces a running drain.
   *
   * @param options.timeoutMs how long to wait for the cluster; default 5000
   */
  close(options?: ShareLeaveOptions): Promise<void>
}

/**
 * Makes a member of a share group. It connects when it is subscribed to.
 *
 * @throws ConsumerError with a `ConfigFault` that lists every problem of `config`
 *
 * @example
 * const jobs = shareConsumer(cluster, { 'group.id': 'thumbnails', subscription: subscribe('images') })
 * jobs.pipe(handle(({ value }) => thumbnail(value), { concurrency: 16, order: 'none', onFailure: 'release' }), ack()).subscribe()
 * await jobs.drain()
 */
export function shareConsumer(cluster: Cluster, config: ShareConsumerConfig): ShareConsumer {
  const settings = decodeShareConsumerConfig(config)
  refuseWrong(problemsWith('shareConsumer: cluster', cluster, aCluster), isLeft(settings) ? settings.left.problems : [])
  if (isLeft(settings)) throw new ConsumerError(settings.left)
  return new ClusterShareConsumer(cluster, settings.right)
}

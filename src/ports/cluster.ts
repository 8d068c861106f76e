import type { ConsumerSettings } from '../config/consumer-config.js'
import type { ProducerSettings } from '../config/producer-config.js'
import type { ShareConsumerSettings } from '../config/share-consumer-config.js'
import type { Awaitable } from '../model/awaitable.js'
import type { TransactionSettings } from '../config/transactional-config.js'
import type { Observable } from 'rxjs'
import type { ClusterEvent } from '../model/cluster-event.js'
import type { Clock } from '../model/clock.js'
import type { AdminProperties } from './admin.js'
import type { Admin } from './awaitable-admin.js'
import type { ConsumerSession, ConsumerSessionHandlers } from './consumer-session.js'
import type { NewTopic } from './new-topic.js'
import type { ProducerSession } from './producer-session.js'
import type { ShareSession, ShareSessionHandlers } from './share-session.js'
import type { Step } from './step.js'
import type { TransactionSession } from './transaction-session.js'

/**
 * A Kafka cluster, real or embedded: the port that everything else uses. It keeps no socket while unused. Its disposal (`await
 * using`) only closes the admin clients that it created: consumers and producers have disposals of their own.
 */
export interface Cluster extends AsyncDisposable {
  readonly _tag: 'Cluster'
  readonly clock: Clock
  /** Returns 0 to 1, for jitter; a seeded function makes a run repeatable. */
  readonly random: () => number
  /** Connections that cannot be opened, throttling and the like. Hot, without replay; never errors or completes. */
  readonly events: Observable<ClusterEvent>
  /** Starts a membership. `handlers` are not called before this call has returned. */
  openConsumer(settings: ConsumerSettings, handlers: ConsumerSessionHandlers): ConsumerSession
  /** Starts a membership in a share group. `handlers` are not called before this call has returned. */
  openShareConsumer(settings: ShareConsumerSettings, handlers: ShareSessionHandlers): ShareSession
  openProducer(settings: ProducerSettings): ProducerSession
  /** Starts a transactional producer. It sends no request before the first transaction. */
  openTransactions(settings: ProducerSettings, transactions: TransactionSettings): TransactionSession
  /**
   * Creates topics; existing ones stay as they are. Completes when they can be written to. Begins when it is awaited or
   * subscribed to; fails with a `ConsumerError`.
   *
   * @example
   * await cluster.createTopics([{ topic: 'orders', partitions: 6 }])
   */
  createTopics(topics: readonly NewTopic[]): Awaitable<void>
  /** The same with the fault as data: an Observable of one `Either`, which never errors. */
  createTopicsEither(topics: readonly NewTopic[]): Step<void>
  /**
   * A client for topics, groups, configurations and ACLs. Nothing is connected before its first call.
   *
   * @throws ConsumerError with a `ConfigFault` if properties are invalid
   */
  admin(properties?: AdminProperties): Admin
}

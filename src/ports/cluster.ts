import type { ConsumerSettings } from '../config/consumer-config.js'
import type { ProducerSettings } from '../config/producer-config.js'
import type { Clock } from '../model/clock.js'
import type { ConsumerSession, ConsumerSessionHandlers } from './consumer-session.js'
import type { ProducerSession } from './producer-session.js'
import type { Step } from './step.js'

/** A topic to be created. */
export interface NewTopic {
  readonly topic: string
  readonly partitions: number
  /** @default the broker's own default */
  readonly replicationFactor?: number
  /** the topic's configuration by Kafka's names, e.g. `cleanup.policy` */
  readonly config?: Readonly<Record<string, string>>
}

/** A Kafka cluster, real or embedded: the port that everything else is written against. It keeps no socket while unused. */
export interface Cluster {
  readonly _tag: 'Cluster'
  readonly clock: Clock
  /** 0 to 1, for jitter; a seeded one makes a run repeatable. */
  readonly random: () => number
  /** Starts a membership. Nothing is told to `handlers` before this call has returned. */
  openConsumer(settings: ConsumerSettings, handlers: ConsumerSessionHandlers): ConsumerSession
  openProducer(settings: ProducerSettings): ProducerSession
  /** Creates topics; those that exist already are left as they are. Completes when they can be written to. */
  createTopics(topics: readonly NewTopic[]): Step<void>
}

import type { Observable } from 'rxjs'
import type { ShareConsumerConfig } from '../../config/share-consumer-config.js'
import type { ShareConsumer } from '../../sources/consumer/share/share-consumer.js'
import type { PipelineTools, Scenario } from './scenario.js'

/** The pipeline of a share group's members under test: the user's own function, unchanged. */
export type SharePipeline = (jobs: ShareConsumer, tools: PipelineTools) => Observable<unknown>

/** What a member of a share group runs, where it is another than the scenario's. */
export interface ShareScenarioMember {
  readonly share?: SharePipeline
  readonly config?: Partial<ShareConsumerConfig>
}

/** What the brokers keep of a share group, by Kafka's names; defaults are Kafka's too. */
export interface ShareGroupConfig {
  /** @default 'earliest', unlike Kafka, so that a diagram need not begin with a member */
  readonly 'share.auto.offset.reset'?: 'earliest' | 'latest'
  /** @default 30000 */
  readonly 'share.record.lock.duration.ms'?: number
  /** @default 5 */
  readonly 'share.delivery.count.limit'?: number
  /** @default 2000 */
  readonly 'share.partition.max.record.locks'?: number
  /** @default true */
  readonly 'share.renew.acknowledge.enable'?: boolean
  /** @default 45000 */
  readonly 'share.session.timeout.ms'?: number
  /** @default 5000 */
  readonly 'share.heartbeat.interval.ms'?: number
}

/**
 * A scenario whose members are of a share group. It has all that a `Scenario` has, with `share` in the place of `pipeline`.
 *
 * @example
 * cluster(diagram, { share: (jobs, { sink }) => jobs.pipe(handle(sink, { onFailure: 'release' }), ack()) })
 */
export interface ShareScenario extends Omit<Scenario, 'pipeline' | 'config' | 'members'> {
  /** What every member runs. */
  readonly share: SharePipeline
  /**
   * Properties of every member, over the library's own defaults and these: `group.id` is `group`, `fetch.max.wait.ms` is a
   * column (500 at most), and it subscribes to all topics of the diagram.
   */
  readonly config?: Partial<ShareConsumerConfig>
  /** What the brokers keep of the group: how long locks last, how often a record is delivered. */
  readonly group?: ShareGroupConfig
  /**
   * What is another for one member, by its name in the diagram. A function makes it anew for each of its lives, which it gets
   * counted from 1 on; what it makes is of the group of the scenario.
   */
  readonly members?: Readonly<Record<string, ShareScenarioMember | ((life: number) => ShareScenarioMember)>>
}

/** What a diagram is played with. */
export type AnyScenario = Scenario | ShareScenario

/** Also for what is none: who checks arguments asks too. */
export const isShareScenario = (scenario: AnyScenario): scenario is ShareScenario =>
  typeof scenario === 'object' && 'share' in ((scenario as object | null) ?? {})

import type { Observable } from 'rxjs'
import type { ShareConsumerConfig } from '../../config/share-consumer-config.js'
import type { ShareConsumer } from '../../sources/consumer/share/share-consumer.js'
import type { PipelineTools, Scenario } from './scenario.js'

/** The pipeline of a share group's members under test: the user's own function, unchanged. */
export type SharePipeline = (jobs: ShareConsumer, tools: PipelineTools) => Observable<unknown>

/** The settings of one member of a share group that differ from the scenario's. */
export interface ShareScenarioMember {
  readonly share?: SharePipeline
  readonly config?: Partial<ShareConsumerConfig>
}

/** The configuration of a share group on the brokers, by Kafka's names; defaults are Kafka's too. */
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
 * A scenario with a share group. It has all fields of a `Scenario`, with `share` in place of `pipeline`.
 *
 * @example
 * cluster(diagram, { share: (jobs, { sink }) => jobs.pipe(handle(sink, { onFailure: 'release' }), ack()) })
 */
export interface ShareScenario extends Omit<Scenario, 'pipeline' | 'config' | 'members'> {
  /** The pipeline of every member. */
  readonly share: SharePipeline
  /**
   * Properties of every member, which take precedence over the library's defaults and these: `group.id` is `group`,
   * `fetch.max.wait.ms` is a column (at most 500), and it subscribes to all topics of the diagram.
   */
  readonly config?: Partial<ShareConsumerConfig>
  /** The group's configuration on the brokers: how long locks last, how often a record is delivered. */
  readonly group?: ShareGroupConfig
  /**
   * Settings of single members, by their names in the diagram. A function is called for each life of the member, with its
   * number from 1 on, and returns the settings of that life; they cannot change the group.
   */
  readonly members?: Readonly<Record<string, ShareScenarioMember | ((life: number) => ShareScenarioMember)>>
}

/** The scenario of a diagram. */
export type AnyScenario = Scenario | ShareScenario

/** Accepts any value, since the checks of arguments use it too. */
export const isShareScenario = (scenario: AnyScenario): scenario is ShareScenario =>
  typeof scenario === 'object' && 'share' in ((scenario as object | null) ?? {})

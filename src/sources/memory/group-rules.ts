import type { ConsumerGroupRules } from './consumer-group.js'

/**
 * What members of a group are asked for: as the group is configured (`consumer.heartbeat.interval.ms`,
 * `share.session.timeout.ms`, …), else as the brokers are.
 */
export const groupRules = (
  type: 'consumer' | 'share',
  brokers: ConsumerGroupRules,
  config: () => Readonly<Record<string, string>>
): ConsumerGroupRules => ({
  get heartbeatIntervalMs() {
    return Number(config()[`${type}.heartbeat.interval.ms`] ?? brokers.heartbeatIntervalMs)
  },
  get sessionTimeoutMs() {
    return Number(config()[`${type}.session.timeout.ms`] ?? brokers.sessionTimeoutMs)
  }
})

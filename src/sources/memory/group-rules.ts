import type { ConsumerGroupRules } from './consumer-group.js'

/**
 * The heartbeat interval and session timeout of a group: from its own configuration (`consumer.heartbeat.interval.ms`,
 * `share.session.timeout.ms`, …), otherwise from that of the brokers.
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

import type { ConsumerGroupRules } from './consumer-group-coordinator.js'

/** What members of a share group are asked for: as the group is configured, else as the brokers are. */
export const shareGroupRules = (
  brokers: ConsumerGroupRules,
  config: () => Readonly<Record<string, string>>
): ConsumerGroupRules => ({
  get heartbeatIntervalMs() {
    return Number(config()['share.heartbeat.interval.ms'] ?? brokers.heartbeatIntervalMs)
  },
  get sessionTimeoutMs() {
    return Number(config()['share.session.timeout.ms'] ?? brokers.sessionTimeoutMs)
  }
})

import type { ShareConsumerConfig } from '../config/share-consumer-config.js'
import type { ShareGroupConfig } from './play/share-scenario.js'

/** Times of a share group's members that fit into a diagram of some forty columns. */
export const shareScheduleConfig = (columnMs: number): Partial<ShareConsumerConfig> => ({
  'retry.backoff.ms': columnMs,
  'retry.backoff.max.ms': 5 * columnMs,
  'fetch.max.wait.ms': 5 * columnMs
})

/**
 * The same for what the brokers keep. A schedule may kill the members of a record more often than a group delivers it: that is
 * no fault of a pipeline, so the limit is one that is never reached.
 */
export const shareScheduleGroup = (columnMs: number): ShareGroupConfig => ({
  'share.record.lock.duration.ms': 30 * columnMs,
  'share.session.timeout.ms': 30 * columnMs,
  'share.heartbeat.interval.ms': 10 * columnMs,
  'share.delivery.count.limit': 1_000
})

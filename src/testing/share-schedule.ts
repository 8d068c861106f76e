import type { ShareConsumerConfig } from '../config/share-consumer-config.js'
import type { ShareGroupConfig } from './play/share-scenario.js'

/** Times of a share group's members that fit into a diagram of about forty columns. */
export const shareScheduleConfig = (columnMs: number): Partial<ShareConsumerConfig> => ({
  'retry.backoff.ms': columnMs,
  'retry.backoff.max.ms': 5 * columnMs,
  'fetch.max.wait.ms': 5 * columnMs
})

/**
 * The same for the brokers. A schedule may kill the members that have a record more often than a group delivers it, which is
 * not the pipeline's fault; so the limit is never reached.
 */
export const shareScheduleGroup = (columnMs: number): ShareGroupConfig => ({
  'share.record.lock.duration.ms': 30 * columnMs,
  'share.session.timeout.ms': 30 * columnMs,
  'share.heartbeat.interval.ms': 10 * columnMs,
  'share.delivery.count.limit': 1_000
})

import type { Subscribed } from './subscribed.js'

/**
 * Topics by name or pattern, distributed among the members of the group. A pattern is matched again with each refresh
 * of the metadata (`metadata.max.age.ms`), under `group.protocol: 'consumer'` by the brokers. Patterns never match
 * Kafka's internal topics.
 *
 * @example
 * subscribe('orders', /^payments\./)
 */
export const subscribe = (...topics: readonly (string | RegExp)[]): Subscribed => ({ _tag: 'Subscribed', topics })

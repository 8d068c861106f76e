import type { Subscribed } from './subscribed.js'

/**
 * Topics by name or pattern, shared out among the members of the group. What a pattern matches is looked up again with
 * each refresh of the metadata (`metadata.max.age.ms`), under `group.protocol: 'consumer'` by the brokers; Kafka's own internal
 * topics are never meant by a pattern.
 *
 * @example
 * subscribe('orders', /^payments\./)
 */
export const subscribe = (...topics: readonly (string | RegExp)[]): Subscribed => ({ _tag: 'Subscribed', topics })

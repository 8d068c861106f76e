import type { StartPosition } from '../model/position.js'
import type { Subscribed } from './subscribed.js'

/**
 * Chosen partitions, without group management: no rebalance moves them to another consumer. With a `group.id` their
 * offsets can be committed, as long as that group has no members.
 *
 * @example
 * assign([{ topic: 'orders', partition: 0, from: 'beginning' }])
 */
export const assign = (partitions: readonly StartPosition[]): Subscribed => ({ _tag: 'Assigned', partitions })

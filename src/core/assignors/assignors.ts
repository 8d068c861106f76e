import type { Assignor } from './assignor.js'
import { cooperativeSticky } from './cooperative-sticky.js'
import { range } from './range.js'
import { roundrobin } from './roundrobin.js'
import { sticky } from './sticky.js'

/**
 * Kafka's own assignors, by the name that `partition.assignment.strategy` has for them, and the one of kafkajs: a group that
 * moves from kafkajs member by member needs a name that both offer.
 */
export type AssignorName = 'range' | 'roundrobin' | 'sticky' | 'cooperative-sticky' | 'RoundRobinAssigner'

export const assignors: Readonly<Record<AssignorName, Assignor>> = {
  range,
  roundrobin,
  sticky,
  'cooperative-sticky': cooperativeSticky,
  RoundRobinAssigner: { ...roundrobin, name: 'RoundRobinAssigner' }
}

/**
 * How a member with this list gives partitions up, by Java's rule: cooperatively only if all of the list can. So a group is
 * moved over in two steps: first every member gets both, then the eager ones are taken off.
 */
export const protocolOf = (names: readonly AssignorName[]): 'eager' | 'cooperative' =>
  names.every((name) => assignors[name].protocol === 'cooperative') ? 'cooperative' : 'eager'

import type { Assignor } from './assignor.js'
import { cooperativeSticky } from './cooperative-sticky.js'
import { range } from './range.js'
import { roundrobin } from './roundrobin.js'
import { sticky } from './sticky.js'

/**
 * Kafka's own assignors, by their names in `partition.assignment.strategy`, and kafkajs's `RoundRobinAssigner`: a group that
 * moves from kafkajs member by member needs a name that both clients offer.
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
 * How a member with these strategies releases partitions, by Java's rule: cooperatively only if all of them support it. So a
 * group moves to cooperative rebalancing in two steps: first every member gets both, then the eager ones are removed.
 */
export const protocolOf = (offered: readonly Assignor[]): 'eager' | 'cooperative' =>
  offered.every(({ protocol }) => protocol === 'cooperative') ? 'cooperative' : 'eager'

/** The assignor of a strategy: one of Kafka's by its name, or a custom one. */
export const assignorOf = (strategy: AssignorName | Assignor): Assignor =>
  typeof strategy === 'string' ? assignors[strategy] : strategy

/** Whether it is one of Kafka's. */
export const isBuiltIn = (assignor: Assignor): boolean => Object.values(assignors).includes(assignor)

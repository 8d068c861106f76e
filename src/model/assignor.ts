import type { TopicPartition } from './topic-partition.js'

/** A member of the group, as its leader sees it: its id, and what it sends in JoinGroup. */
export interface AssignableMember {
  readonly memberId: string
  readonly groupInstanceId: string | null
  /** the topics it is subscribed to; the matches of a pattern are listed by name */
  readonly topics: readonly string[]
  /** written by `userData` of its assignor */
  readonly userData: Uint8Array | null
  /** the partitions it owns while it rejoins; empty under an eager protocol */
  readonly owned: readonly TopicPartition[]
  /** the generation in which it got them; -1 for none, or if its client does not send it */
  readonly generation: number
  /** its `client.rack` */
  readonly rack: string | null
}

/** The partitions of each member, by its id. */
export type Assignment = ReadonlyMap<string, readonly TopicPartition[]>

/** A topic's partitions, in order: for each, the racks of its replicas, as far as they are known. */
export type PartitionRacks = readonly ReadonlySet<string>[]

/**
 * A way to distribute a group's partitions, under the name that its members agree on: the group takes the first
 * strategy that all of them offer, and the member that leads assigns by it. A client in another language takes part if
 * it has an assignor of that name.
 *
 * - `assign` is called by the leader, once per rebalance, with all members and with the partitions of all their topics
 *   (none for a topic that does not exist). It is a pure function: no I/O, the same answer for the same arguments.
 * - Assign each partition to one member at most, and only to a member that is subscribed to its topic; a member that is
 *   left out gets nothing. Any other result, or a throw, ends the consumer with an `AssignorFault`, and another member
 *   leads.
 * - `cooperative`: members keep what they own while they rejoin. Return the final assignment of each: the library
 *   withholds a partition that moves until its owner has released it, and the group assigns again.
 * - `eager`: members release everything before they rejoin.
 *
 * @example
 * // Everything to the member of the lowest name; the others stand by.
 * const standby: Assignor = {
 *   name: 'standby',
 *   protocol: 'cooperative',
 *   assign: (members, topics) => {
 *     const [active] = [...members].sort((a, b) => (a.memberId < b.memberId ? -1 : 1))
 *     const mine = (active?.topics ?? []).flatMap((topic) =>
 *       (topics.get(topic) ?? []).map((_racks, partition) => ({ topic, partition }))
 *     )
 *     return new Map(active === undefined ? [] : [[active.memberId, mine]])
 *   }
 * }
 * consumer(cluster, { 'group.id': 'billing', 'partition.assignment.strategy': [standby], subscription: subscribe('orders') })
 */
export interface Assignor {
  readonly name: string
  /** Whether members release everything before they rejoin, or only what the leader takes from them. */
  readonly protocol: 'eager' | 'cooperative'
  readonly assign: (members: readonly AssignableMember[], topics: ReadonlyMap<string, PartitionRacks>) => Assignment
  /**
   * Further data that the member sends to the leader, given its last assignment and the generation of that (-1 for none).
   * @default nothing
   */
  readonly userData?: (lastAssigned: readonly TopicPartition[], generation: number) => Uint8Array | null
}

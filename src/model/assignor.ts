import type { TopicPartition } from './topic-partition.js'

/** A member of the group, as its leader sees it: who it is, and what it says in JoinGroup. */
export interface AssignableMember {
  readonly memberId: string
  readonly groupInstanceId: string | null
  /** what it is subscribed to; what a pattern matches is listed by name */
  readonly topics: readonly string[]
  /** what `userData` of its assignor has written */
  readonly userData: Uint8Array | null
  /** what it holds while it rejoins; empty under an eager protocol */
  readonly owned: readonly TopicPartition[]
  /** the generation that it holds it by; -1 for none, or if its client does not say */
  readonly generation: number
  /** its `client.rack` */
  readonly rack: string | null
}

/** What each member is given, by its id. */
export type Assignment = ReadonlyMap<string, readonly TopicPartition[]>

/** A topic's partitions, in order: of each, the racks that its replicas are in, as far as they are known. */
export type PartitionRacks = readonly ReadonlySet<string>[]

/**
 * A way to share out a group's partitions, under the name that its members agree on: the group takes the first strategy that
 * all of them offer, and whichever member leads assigns by it. A client in another language takes part if it has an assignor
 * of that name.
 *
 * - `assign` is called by the leader, once a rebalance, with all members and with the partitions of all their topics (none for
 *   a topic that does not exist). It is a plain function: no I/O, the same answer for the same question.
 * - Each partition goes to one member at most, and to one that is subscribed to its topic; a member that is left out gets
 *   nothing. Anything else, or a throw, ends the consumer with an `AssignorFault`, and another member leads.
 * - `cooperative`: members keep what they own while they rejoin. Say what each is to have in the end: what has to move is
 *   withheld by the library until its owner has given it up, and the group assigns again.
 * - `eager`: members give everything up before they rejoin.
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
  /** Whether members give up everything before they rejoin, or only what the leader takes from them. */
  readonly protocol: 'eager' | 'cooperative'
  readonly assign: (members: readonly AssignableMember[], topics: ReadonlyMap<string, PartitionRacks>) => Assignment
  /** What the member tells the leader besides, given what it last got and in which generation (-1 for never). @default nothing */
  readonly userData?: (lastAssigned: readonly TopicPartition[], generation: number) => Uint8Array | null
}

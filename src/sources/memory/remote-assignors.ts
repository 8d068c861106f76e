import { idKeyOf, type TopicIdPartition } from '../../core/group/consumer-protocol/topic-id-partition.js'

/** A member in the input of a broker's assignor. */
export interface RemoteMember {
  readonly id: string
  readonly groupInstanceId: string | null
  /** the IDs of the topics that it subscribes to */
  readonly topicIds: ReadonlySet<string>
  /** its former assignment */
  readonly target: readonly TopicIdPartition[]
}

/** Assigns these partitions; returns the assignment of each member by ID. */
export type RemoteAssignor = (
  members: readonly RemoteMember[],
  partitions: readonly TopicIdPartition[]
) => ReadonlyMap<string, readonly TopicIdPartition[]>

/** Assigns each partition to the subscribed member with the fewest; partitions do not move while that is balanced. */
const uniform: RemoteAssignor = (members, partitions) => {
  const shares = new Map(members.map(({ id }) => [id, new Map<string, TopicIdPartition>()]))
  const mayHave = (partition: TopicIdPartition): readonly RemoteMember[] =>
    members.filter(({ topicIds }) => topicIds.has(partition.topicId))
  const sizeOf = ({ id }: RemoteMember): number => shares.get(id)?.size ?? 0
  const present = new Set(partitions.map(idKeyOf))
  const taken = new Set<string>()
  // The maximum share if all members subscribe to the same topics.
  const most = Math.ceil(partitions.length / Math.max(1, members.length))
  for (const member of members) {
    for (const one of member.target) {
      const key = idKeyOf(one)
      if (!present.has(key) || taken.has(key) || !member.topicIds.has(one.topicId) || sizeOf(member) >= most) continue
      shares.get(member.id)?.set(key, one)
      taken.add(key)
    }
  }
  for (const partition of partitions) {
    if (taken.has(idKeyOf(partition))) continue
    const [least] = [...mayHave(partition)].sort((a, b) => sizeOf(a) - sizeOf(b))
    if (least !== undefined) shares.get(least.id)?.set(idKeyOf(partition), partition)
  }
  level(shares, mayHave)
  return new Map([...shares].map(([id, share]) => [id, [...share.values()]]))
}

/** Moves partitions until no member has two more than another that may have one of them. */
const level = (
  shares: ReadonlyMap<string, Map<string, TopicIdPartition>>,
  mayHave: (partition: TopicIdPartition) => readonly RemoteMember[]
): void => {
  const sizeOf = (id: string): number => shares.get(id)?.size ?? 0
  for (let moved = true; moved;) {
    moved = false
    for (const [id, share] of shares) {
      for (const [key, partition] of share) {
        const other = mayHave(partition).find((one) => sizeOf(one.id) < share.size - 1 && one.id !== id)
        if (other === undefined) continue
        share.delete(key)
        shares.get(other.id)?.set(key, partition)
        moved = true
      }
    }
  }
}

/** Assigns a range of each topic's partitions to each of its members, in the order of their names. */
const range: RemoteAssignor = (members, partitions) => {
  const shares = new Map<string, TopicIdPartition[]>(members.map(({ id }) => [id, []]))
  const nameOf = ({ groupInstanceId, id }: RemoteMember): string => groupInstanceId ?? id
  const inOrder = [...members].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))
  for (const topicId of new Set(partitions.map((one) => one.topicId))) {
    const those = partitions.filter((one) => one.topicId === topicId)
    const takers = inOrder.filter(({ topicIds }) => topicIds.has(topicId))
    for (const [at, { id }] of takers.entries()) {
      const from = Math.ceil((at * those.length) / takers.length)
      shares.get(id)?.push(...those.slice(from, Math.ceil(((at + 1) * those.length) / takers.length)))
    }
  }
  return shares
}

/** Kafka's assignors by name; the first is the default (`group.consumer.assignors`). */
export const remoteAssignors: ReadonlyMap<string, RemoteAssignor> = new Map([
  ['uniform', uniform],
  ['range', range]
])

import type { TopicPartition } from '../../../model/topic-partition.js'
import { compare, type PartitionRacks } from './assignor.js'
import { type FormerAssignment, noGeneration } from './sticky-user-data.js'

/** A member as the sticky assignors see it. */
export interface StickyMember extends FormerAssignment {
  readonly memberId: string
  readonly topics: readonly string[]
  readonly rack: string | null
}

/**
 * The former owners of partitions: the members' claims, resolved. Partitions are compared by their object in
 * `partitions`.
 */
export interface SettledClaims {
  /** All partitions of the topics that any member wants, by topic. */
  readonly partitions: ReadonlyMap<string, readonly TopicPartition[]>
  /** The member that keeps a partition if the balance allows it. */
  readonly owners: ReadonlyMap<TopicPartition, string>
  /** The member that had a partition in an older generation than the newest in the group. */
  readonly formerOwners: ReadonlyMap<TopicPartition, string>
  /** An owner has to release a partition, so partitions move in any case. */
  readonly revoking: boolean
}

/**
 * Resolves the members' claims, as `AbstractStickyAssignor.allSubscriptionsEqual` does: the claim of the newest
 * generation wins, and if two of the same generation claim a partition, neither keeps it. Unlike Java's it does not
 * depend on the order of members, and partitions that do not exist have no owner: Java counts them in a share.
 */
export const settleClaims = (
  members: readonly StickyMember[],
  topics: ReadonlyMap<string, PartitionRacks>
): SettledClaims => {
  const partitions = allPartitions(members, topics)
  const best = new Map<TopicPartition, Claim>()
  const older = new Map<TopicPartition, Claim>()
  const newest = members.reduce((highest, { generation }) => Math.max(highest, generation), noGeneration)
  for (const { memberId, owned, generation: claimed } of [...members].sort((a, b) => compare(a.memberId, b.memberId))) {
    const generation = Math.max(claimed, noGeneration)
    for (const { topic, partition } of owned) {
      const place = partitions.get(topic)?.[partition]
      if (place === undefined) continue
      settle(best, place, { memberId, generation })
      if (generation < newest && (older.get(place)?.generation ?? -2) < generation)
        older.set(place, { memberId, generation })
    }
  }
  const subscriptions = new Map(members.map(({ memberId, topics }) => [memberId, new Set(topics)]))
  const owners = new Map<TopicPartition, string>()
  let revoking = false
  for (const [place, { memberId }] of best) {
    if (memberId === null) continue
    if (subscriptions.get(memberId)?.has(place.topic) === true) owners.set(place, memberId)
    else revoking = true
  }
  const formerOwners = new Map<TopicPartition, string>()
  for (const [place, { memberId }] of older)
    // Java would return a partition to a member that is no longer subscribed to the topic.
    if (memberId !== null && subscriptions.get(memberId)?.has(place.topic) === true) formerOwners.set(place, memberId)
  return { partitions, owners, formerOwners, revoking }
}

/** The claim to a partition. Several claims to one partition cancel each other. */
interface Claim {
  readonly memberId: string | null
  readonly generation: number
}

const settle = (claims: Map<TopicPartition, Claim>, place: TopicPartition, claim: Claim): void => {
  const other = claims.get(place)
  if (other === undefined || other.generation < claim.generation) claims.set(place, claim)
  else if (other.generation === claim.generation && other.memberId !== claim.memberId)
    claims.set(place, { memberId: null, generation: claim.generation })
}

const allPartitions = (
  members: readonly StickyMember[],
  topics: ReadonlyMap<string, PartitionRacks>
): ReadonlyMap<string, readonly TopicPartition[]> => {
  const names = [...new Set(members.flatMap((member) => member.topics))].sort(compare)
  return new Map(names.map((topic) => [topic, (topics.get(topic) ?? []).map((_, partition) => ({ topic, partition }))]))
}

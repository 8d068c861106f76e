import type { TopicPartition } from '../../../model/topic-partition.js'
import { compare, type PartitionRacks } from './assignor.js'
import { type FormerAssignment, noGeneration } from './sticky-user-data.js'

/** A member as the sticky assignors see it. */
export interface StickyMember extends FormerAssignment {
  readonly memberId: string
  readonly topics: readonly string[]
  readonly rack: string | null
}

/** Whose a partition was before: what members claim, settled. Partitions are told apart by their object in `partitions`. */
export interface SettledClaims {
  /** All there are, of the topics that somebody wants, by topic. */
  readonly partitions: ReadonlyMap<string, readonly TopicPartition[]>
  /** Who keeps a partition if the balance allows it. */
  readonly owners: ReadonlyMap<TopicPartition, string>
  /** Who had a partition in an older generation than the newest in the group. */
  readonly formerOwners: ReadonlyMap<TopicPartition, string>
  /** An owner has to give something up, so that partitions move in any case. */
  readonly revoking: boolean
}

/**
 * Settles what members claim, as `AbstractStickyAssignor.allSubscriptionsEqual` does: the newest generation's claim holds,
 * and where two of the same generation claim a partition, nobody keeps it. Other than Java's it does not depend on the
 * order of members, and partitions that do not exist are nobody's: Java counts them as a share.
 */
export const settleClaims = (
  members: readonly StickyMember[],
  topics: ReadonlyMap<string, PartitionRacks>
): SettledClaims => {
  const partitions = allPartitions(members, topics)
  const best = new Map<TopicPartition, Claim>()
  const older = new Map<TopicPartition, Claim>()
  const newest = members.reduce((highest, { generation }) => Math.max(highest, generation), noGeneration)
  for (const { memberId, owned, generation: said } of [...members].sort((a, b) => compare(a.memberId, b.memberId))) {
    const generation = Math.max(said, noGeneration)
    for (const { topic, partition } of owned) {
      const place = partitions.get(topic)?.[partition]
      if (place === undefined) continue
      settle(best, place, { memberId, generation })
      if (generation < newest && (older.get(place)?.generation ?? -2) < generation)
        older.set(place, { memberId, generation })
    }
  }
  const wanted = new Map(members.map(({ memberId, topics }) => [memberId, new Set(topics)]))
  const owners = new Map<TopicPartition, string>()
  let revoking = false
  for (const [place, { memberId }] of best) {
    if (memberId === null) continue
    if (wanted.get(memberId)?.has(place.topic) === true) owners.set(place, memberId)
    else revoking = true
  }
  const formerOwners = new Map<TopicPartition, string>()
  for (const [place, { memberId }] of older)
    // Java would give a partition back to a member that has given up the topic.
    if (memberId !== null && wanted.get(memberId)?.has(place.topic) === true) formerOwners.set(place, memberId)
  return { partitions, owners, formerOwners, revoking }
}

/** Nobody's, where several claim it. */
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
  const wanted = [...new Set(members.flatMap((member) => member.topics))].sort(compare)
  return new Map(
    wanted.map((topic) => [topic, (topics.get(topic) ?? []).map((_, partition) => ({ topic, partition }))])
  )
}

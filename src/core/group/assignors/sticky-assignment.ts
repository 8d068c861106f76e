import type { TopicPartition } from '../../../model/topic-partition.js'
import type { Assignment, PartitionRacks } from './assignor.js'
import { constrainedAssignment } from './constrained-assignment.js'
import { generalAssignment } from './general-assignment.js'
import { Locality } from './racks.js'
import { type SettledClaims, settleClaims, type StickyMember } from './sticky-claims.js'

/** What the sticky assignors share: Java's `AbstractStickyAssignor`. */
export interface StickyAssignment {
  readonly assignment: Assignment
  /** Whether the member keeps a partition that it had before. */
  readonly stays: (place: TopicPartition, memberId: string) => boolean
}

/**
 * Distributes partitions as evenly as subscriptions allow, and leaves as many as possible with their former owners.
 *
 * If racks matter, Java takes away every partition that its member is far from and assigns it again, even to another
 * member that is as far: cooperative groups may then rebalance for ever. Here this happens only if fewer are far in the
 * end.
 */
export const stickyAssignment = (
  members: readonly StickyMember[],
  topics: ReadonlyMap<string, PartitionRacks>
): StickyAssignment => {
  const claims = settleClaims(members, topics)
  const subscribed = new Map([...claims.partitions.keys()].map((topic) => [topic, topics.get(topic) ?? []]))
  const locality = new Locality(members, subscribed)
  const memberIds = members.map(({ memberId }) => memberId)
  const share = (settled: SettledClaims): Assignment =>
    wantTheSame(members)
      ? constrainedAssignment(memberIds, settled, locality)
      : generalAssignment(members, settled, locality)
  const kept = share(claims)
  const near = withoutFar(claims, locality)
  const moved = near.owners.size < claims.owners.size ? share(near) : kept
  const costs = imbalance(moved) - imbalance(kept) || far(moved, locality) - far(kept, locality)
  return { assignment: costs < 0 ? moved : kept, stays: (place, memberId) => claims.owners.get(place) === memberId }
}

/** Java's balance score: the sum of the differences of all pairs. */
const imbalance = (assignment: Assignment): number =>
  [...assignment.values()]
    .map((places) => places.length)
    .sort((a, b) => a - b)
    .reduce((sum, size, index) => sum + size * (2 * index - assignment.size + 1), 0)

const far = (assignment: Assignment, locality: Locality): number =>
  [...assignment].reduce(
    (sum, [memberId, places]) => sum + places.filter((place) => locality.isFar(memberId, place)).length,
    0
  )

const withoutFar = (claims: SettledClaims, locality: Locality): SettledClaims => ({
  ...claims,
  owners: new Map([...claims.owners].filter(([place, memberId]) => !locality.isFar(memberId, place))),
  revoking: true
})

const wantTheSame = (members: readonly StickyMember[]): boolean => {
  const first = new Set(members[0]?.topics)
  return members.every(({ topics }) => {
    const own = new Set(topics)
    return own.size === first.size && [...own].every((topic) => first.has(topic))
  })
}

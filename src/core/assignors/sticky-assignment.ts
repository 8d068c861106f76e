import type { TopicPartition } from '../../model/topic-partition.js'
import type { Assignment } from './assignor.js'
import { constrainedAssignment } from './constrained-assignment.js'
import { generalAssignment } from './general-assignment.js'
import { settleClaims, type StickyMember } from './sticky-claims.js'

/** What the sticky assignors have in common: Java's `AbstractStickyAssignor`. */
export interface StickyAssignment {
  readonly given: Assignment
  /** Whether the member is given what was its own before. */
  readonly stays: (place: TopicPartition, memberId: string) => boolean
}

/**
 * Shares partitions out as evenly as subscriptions allow, and leaves as many as possible with who had them. Racks are not
 * looked at.
 */
export const stickyAssignment = (
  members: readonly StickyMember[],
  partitionCounts: ReadonlyMap<string, number>
): StickyAssignment => {
  const claims = settleClaims(members, partitionCounts)
  const given = wantTheSame(members)
    ? constrainedAssignment(
        members.map(({ memberId }) => memberId),
        claims
      )
    : generalAssignment(members, claims)
  return { given, stays: (place, memberId) => claims.owners.get(place) === memberId }
}

const wantTheSame = (members: readonly StickyMember[]): boolean => {
  const first = new Set(members[0]?.topics)
  return members.every(({ topics }) => {
    const own = new Set(topics)
    return own.size === first.size && [...own].every((topic) => first.has(topic))
  })
}

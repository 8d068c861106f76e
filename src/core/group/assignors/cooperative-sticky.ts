import { partitionKey } from '../../../model/topic-partition.js'
import { groupedBy } from '../../protocol/grouped-by.js'
import type { AssignableMember, Assignment, Assignor } from './assignor.js'
import { type StickyAssignment, stickyAssignment } from './sticky-assignment.js'
import { decodeGeneration, encodeGeneration } from './sticky-user-data.js'

/**
 * Java's `CooperativeStickyAssignor`: members report what they own, keep it, and release only what is taken from them. A
 * partition that has to move is not assigned in this round; once its owner has revoked it, the group assigns again.
 */
export const cooperativeSticky: Assignor = {
  name: 'cooperative-sticky',
  protocol: 'cooperative',
  assign: (members, topics) => {
    const known = members.map((member) => ({ ...member, generation: generationOf(member) }))
    return withoutWhatOthersOwn(stickyAssignment(known, topics), members)
  },
  userData: (_owned, generation) => encodeGeneration(generation)
}

/** Subscriptions before version 2 have no field for the generation: it is in the user data. */
const generationOf = ({ generation, userData }: AssignableMember): number =>
  generation >= 0 ? generation : decodeGeneration(userData)

/**
 * Java's `adjustAssignment`. If several members claim a partition, all of them may be reading it, so none gets it in this
 * round. Java lets one keep it if subscriptions differ.
 */
const withoutWhatOthersOwn = (
  { assignment, stays }: StickyAssignment,
  members: readonly AssignableMember[]
): Assignment => {
  const claims = members.flatMap(({ memberId, owned }) => owned.map((place) => ({ memberId, place })))
  const claimed = groupedBy(claims, ({ place }) => partitionKey(place.topic, place.partition))
  return new Map(
    [...assignment].map(([memberId, places]) => [
      memberId,
      places.filter((place) => {
        const claimants = claimed.get(partitionKey(place.topic, place.partition)) ?? []
        return stays(place, memberId) || claimants.every((other) => other.memberId === memberId)
      })
    ])
  )
}

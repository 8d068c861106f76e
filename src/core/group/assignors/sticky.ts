import type { Assignor } from './assignor.js'
import { stickyAssignment } from './sticky-assignment.js'
import { decodeStickyUserData, encodeStickyUserData, noGeneration } from './sticky-user-data.js'

/**
 * Java's `StickyAssignor`. Members are eager: they own nothing when they join, and send what they had in their user
 * data, with its generation. Like Java, it does not read the subscription's own fields.
 */
export const sticky: Assignor = {
  name: 'sticky',
  protocol: 'eager',
  assign: (members, partitions) =>
    stickyAssignment(
      members.map(({ memberId, topics, rack, userData }) => ({
        memberId,
        topics,
        rack,
        ...decodeStickyUserData(userData)
      })),
      partitions
    ).assignment,
  // Nothing, like Java's before its first assignment.
  userData: (owned, generation) =>
    owned.length === 0 && generation === noGeneration ? null : encodeStickyUserData({ owned, generation })
}

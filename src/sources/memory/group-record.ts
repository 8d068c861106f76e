import type { GroupMembers } from './group-members.js'
import { type Member, metadataFor } from './group-member.js'

/**
 * What a coordinator writes about a group to the log, for the next coordinator: Kafka's `GroupMetadataValue`. It is written
 * when the leader's assignment arrives, when a static member returns to a stable group, and when the group becomes empty. Later
 * changes are lost when the coordinator moves.
 */
export interface GroupRecord {
  readonly generation: number
  readonly protocol: string | null
  readonly leader: string | null
  readonly members: readonly LoggedMember[]
}

/** Only the protocol in use is written. */
interface LoggedMember {
  readonly id: string
  readonly groupInstanceId: string | null
  readonly sessionTimeoutMs: number
  readonly rebalanceTimeoutMs: number
  readonly metadata: Uint8Array
  readonly assignment: Uint8Array
}

/** A group without a record in the log. */
export const unwritten: GroupRecord = { generation: 0, protocol: null, leader: null, members: [] }

export const recordOf = (members: GroupMembers, generation: number, protocol: string | null): GroupRecord => ({
  generation,
  protocol,
  leader: members.leader,
  members: members.all.map((member) => {
    const { id, groupInstanceId, sessionTimeoutMs, rebalanceTimeoutMs, assignment } = member
    const metadata = metadataFor(member, protocol)
    return { id, groupInstanceId, sessionTimeoutMs, rebalanceTimeoutMs, metadata, assignment }
  })
})

/** The members as another coordinator reads them: without held requests or running sessions. */
export const membersIn = ({ members, protocol }: GroupRecord): readonly Member[] =>
  members.map(({ metadata, ...logged }) => ({
    ...logged,
    protocols: [{ name: protocol ?? '', metadata }],
    isNew: false,
    joining: null,
    syncing: null,
    session: null
  }))

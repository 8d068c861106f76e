import type { GroupMembers } from './group-members.js'
import { type Member, metadataFor } from './group-member.js'

/**
 * What a coordinator writes of a group into the log, and the next one reads: Kafka's `GroupMetadataValue`. It is written
 * when the leader's assignment is there, when a static member comes back to a stable group, and when the group is empty;
 * what happened since the last time is lost when the coordinator moves.
 */
export interface GroupRecord {
  readonly generation: number
  readonly protocol: string | null
  readonly leader: string | null
  readonly members: readonly LoggedMember[]
}

/** Of its protocols only the one in use is written. */
interface LoggedMember {
  readonly id: string
  readonly groupInstanceId: string | null
  readonly sessionTimeoutMs: number
  readonly rebalanceTimeoutMs: number
  readonly metadata: Uint8Array
  readonly assignment: Uint8Array
}

/** The group of which nothing was written. */
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

/** The members as another coordinator reads them: nothing of them is held, no session runs yet. */
export const membersIn = ({ members, protocol }: GroupRecord): readonly Member[] =>
  members.map(({ metadata, ...logged }) => ({
    ...logged,
    protocols: [{ name: protocol ?? '', metadata }],
    isNew: false,
    joining: null,
    syncing: null,
    session: null
  }))

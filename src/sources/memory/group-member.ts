import type { Cancel } from '../../model/clock.js'
import type { ErrorCode, JoinGroupRequest, JoinGroupResponse, SyncGroupResponse } from '../../ports/kafka-calls.js'

/** A member as the coordinator keeps it: Kafka's `ClassicGroupMember`. */
export interface Member {
  readonly id: string
  readonly groupInstanceId: string | null
  sessionTimeoutMs: number
  rebalanceTimeoutMs: number
  protocols: JoinGroupRequest['protocols']
  /** the last assignment from a leader; empty if a rebalance was interrupted */
  assignment: Uint8Array
  /** Not in a generation yet: its session may then end while its JoinGroup is held. */
  isNew: boolean
  /** Answers the held JoinGroup. */
  joining: ((answer: JoinGroupResponse) => void) | null
  /** Answers the held SyncGroup. */
  syncing: ((answer: SyncGroupResponse) => void) | null
  /** Cancels the session timer. */
  session: Cancel | null
}

export const noAssignment: Uint8Array = new Uint8Array(0)

/** A member whose request is held cannot send heartbeats, and need not (`ClassicGroupMember.hasSatisfiedHeartbeat`). */
export const isHeld = ({ joining, syncing }: Member): boolean => joining !== null || syncing !== null

/** The member's metadata for a protocol. */
export const metadataFor = ({ protocols }: Member, protocol: string | null): Uint8Array =>
  protocols.find(({ name }) => name === protocol)?.metadata ?? noAssignment

/** Whether both have the same protocols with the same metadata in the same order (`ClassicGroupMember.matches`). */
export const sameProtocols = (a: JoinGroupRequest['protocols'], b: JoinGroupRequest['protocols']): boolean =>
  a.length === b.length &&
  a.every(({ name, metadata }, index) => name === b[index]?.name && metadata.join() === b[index].metadata.join())

/** The answer that refuses a JoinGroup. */
export const refusedJoin = (refused: ErrorCode, memberId: string): JoinGroupResponse => ({
  code: refused,
  generation: -1,
  protocol: '',
  leader: '',
  skipAssignment: false,
  memberId,
  members: []
})

/** The answer that refuses a SyncGroup. */
export const refusedSync = (refused: ErrorCode): SyncGroupResponse => ({ code: refused, assignment: noAssignment })

export const answerJoin = (member: Member, answer: JoinGroupResponse): void => {
  const { joining } = member
  member.joining = null
  joining?.(answer)
}

/** Answers a held SyncGroup; false if there is none. */
export const answerSync = (member: Member, answer: SyncGroupResponse): boolean => {
  const { syncing } = member
  member.syncing = null
  syncing?.(answer)
  return syncing !== null
}

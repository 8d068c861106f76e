import type { Cancel } from '../../model/clock.js'
import type { ErrorCode, JoinGroupRequest, JoinGroupResponse, SyncGroupResponse } from '../../ports/kafka-calls.js'

/** A member as the coordinator keeps it: Kafka's `ClassicGroupMember`. */
export interface Member {
  readonly id: string
  readonly groupInstanceId: string | null
  sessionTimeoutMs: number
  rebalanceTimeoutMs: number
  protocols: JoinGroupRequest['protocols']
  /** what a leader gave it last; of a rebalance that was cut short, nothing */
  assignment: Uint8Array
  /** In no generation yet: until it is, its session may end while its JoinGroup is held. */
  isNew: boolean
  /** Answers the JoinGroup that is held. */
  joining: ((answer: JoinGroupResponse) => void) | null
  /** Answers the SyncGroup that is held. */
  syncing: ((answer: SyncGroupResponse) => void) | null
  /** Ends the running session without anybody noticing. */
  session: Cancel | null
}

export const noAssignment: Uint8Array = new Uint8Array(0)

/** One that is held cannot send heartbeats, and is not expected to (`ClassicGroupMember.hasSatisfiedHeartbeat`). */
export const isHeld = ({ joining, syncing }: Member): boolean => joining !== null || syncing !== null

/** What a member said of itself for a protocol. */
export const metadataFor = ({ protocols }: Member, protocol: string | null): Uint8Array =>
  protocols.find(({ name }) => name === protocol)?.metadata ?? noAssignment

/** The same protocols in the same order, saying the same (`ClassicGroupMember.matches`). */
export const sameProtocols = (a: JoinGroupRequest['protocols'], b: JoinGroupRequest['protocols']): boolean =>
  a.length === b.length &&
  a.every(({ name, metadata }, index) => name === b[index]?.name && metadata.join() === b[index].metadata.join())

/** A JoinGroup that is refused. */
export const refusedJoin = (refused: ErrorCode, memberId: string): JoinGroupResponse => ({
  code: refused,
  generation: -1,
  protocol: '',
  leader: '',
  skipAssignment: false,
  memberId,
  members: []
})

/** A SyncGroup that is refused. */
export const refusedSync = (refused: ErrorCode): SyncGroupResponse => ({ code: refused, assignment: noAssignment })

export const answerJoin = (member: Member, answer: JoinGroupResponse): void => {
  const { joining } = member
  member.joining = null
  joining?.(answer)
}

/** Whether there was a SyncGroup to answer. */
export const answerSync = (member: Member, answer: SyncGroupResponse): boolean => {
  const { syncing } = member
  member.syncing = null
  syncing?.(answer)
  return syncing !== null
}

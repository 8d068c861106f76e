import type { ErrorCode } from '../core/fetching/fetch-messages.js'
import type { GroupMember } from '../model/group-member.js'
import type { TopicPartition } from '../model/topic-partition.js'

// The requests of the classic group protocol, and their answers.

export interface JoinGroupRequest {
  readonly groupId: string
  readonly sessionTimeoutMs: number
  readonly rebalanceTimeoutMs: number
  /** '' for the first request */
  readonly memberId: string
  readonly groupInstanceId: string | null
  /** in order of preference */
  readonly protocols: readonly { readonly name: string; readonly metadata: Uint8Array }[]
}

export interface JoinGroupResponse {
  readonly code: ErrorCode
  readonly generation: number
  readonly protocol: string
  readonly leader: string
  /** a leader has returned, and its former assignment is still valid, so it sends no other */
  readonly skipAssignment: boolean
  /** also sent with code 79 (MEMBER_ID_REQUIRED) */
  readonly memberId: string
  /** only for the leader */
  readonly members: readonly {
    readonly memberId: string
    readonly groupInstanceId: string | null
    readonly metadata: Uint8Array
  }[]
}

export interface SyncGroupRequest extends GroupMember {
  /** The assignor in the answer to JoinGroup. The coordinator refuses a member that names another; omitted: not checked. */
  readonly protocol?: string
  /** only from the leader */
  readonly assignments: readonly { readonly memberId: string; readonly assignment: Uint8Array }[]
}

export interface SyncGroupResponse {
  readonly code: ErrorCode
  readonly assignment: Uint8Array
}

export interface LeaveGroupRequest {
  readonly groupId: string
  readonly memberId: string
  readonly groupInstanceId: string | null
}

/** A group as its coordinator describes it. */
export interface DescribeGroupResponse {
  readonly code: ErrorCode
  /** `Stable` once the leader has sent a generation's assignment; `Dead` if there is no such group */
  readonly state: string
  readonly members: readonly {
    readonly memberId: string
    /** null if the bytes cannot be read */
    readonly assignment: readonly TopicPartition[] | null
  }[]
}

import type { ErrorCode } from '../core/fetching/fetch-messages.js'
import type { GroupMember } from '../model/group-member.js'
import type { TopicPartition } from '../model/topic-partition.js'

// The requests of the classic group protocol, and their answers.

export interface JoinGroupRequest {
  readonly groupId: string
  readonly sessionTimeoutMs: number
  readonly rebalanceTimeoutMs: number
  /** '' at first */
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
  /** the leader has returned, and its former assignment is still valid: it sends no other */
  readonly skipAssignment: boolean
  /** given with code 79 (MEMBER_ID_REQUIRED) too */
  readonly memberId: string
  /** only the leader gets them */
  readonly members: readonly {
    readonly memberId: string
    readonly groupInstanceId: string | null
    readonly metadata: Uint8Array
  }[]
}

export interface SyncGroupRequest extends GroupMember {
  /** The assignor that JoinGroup answered. The coordinator refuses a member that names another; left out: it is not asked. */
  readonly protocol?: string
  /** only the leader gives them */
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
  /** `Stable` once the assignment of a generation is there; `Dead` where there is no such group */
  readonly state: string
  readonly members: readonly {
    readonly memberId: string
    /** null where the bytes cannot be read */
    readonly assignment: readonly TopicPartition[] | null
  }[]
}

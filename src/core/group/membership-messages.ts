import type { Either } from 'fp-ts/lib/Either.js'
import type { ConsumerEvent } from '../../model/consumer-event.js'
import type { Fault } from '../../model/fault.js'
import type { RebalanceSummary } from '../../model/rebalance-event.js'
import type { TopicPartition } from '../../model/topic-partition.js'

/** A group's answer to JoinGroup. */
export interface JoinAnswer {
  readonly code: number
  readonly generation: number
  readonly protocol: string
  readonly leader: string
  /** The group keeps its assignment: even the leader only requests its own. */
  readonly skipAssignment: boolean
  readonly memberId: string
  readonly members: readonly GroupMemberInfo[]
}

export interface GroupMemberInfo {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly metadata: Uint8Array
}

/** The answer to SyncGroup with its decoded assignment; null if the bytes cannot be read. */
export interface SyncAnswer {
  readonly code: number
  readonly partitions: readonly TopicPartition[] | null
}

/** What happens to a member. `now` is the clock's time. */
export type MembershipEvent =
  | { readonly _tag: 'start' }
  | { readonly _tag: 'join answered'; readonly attempt: number; readonly answer: Either<Fault, JoinAnswer> }
  | {
      readonly _tag: 'assignment made'
      readonly attempt: number
      readonly answer: Either<Fault, readonly MemberShare[]>
    }
  | { readonly _tag: 'sync answered'; readonly attempt: number; readonly answer: Either<Fault, SyncAnswer> }
  | { readonly _tag: 'heartbeat due' }
  | {
      readonly _tag: 'heartbeat answered'
      readonly generation: number
      readonly sentAt: number
      readonly answer: Either<Fault, number>
    }
  | { readonly _tag: 'commit refused'; readonly generation: number; readonly code: number }
  | { readonly _tag: 'session due' }
  | { readonly _tag: 'retry due' }
  | { readonly _tag: 'drain due' }
  | { readonly _tag: 'released'; readonly partitions: readonly TopicPartition[] }
  | { readonly _tag: 'rejoin due' }
  | { readonly _tag: 'topics changed' }
  /** The subscription differs from the one last sent in JoinGroup. */
  | { readonly _tag: 'subscription changed' }
  /** Stay out of the group until `resume`: stalled partitions are released at once, the others are drained. */
  | { readonly _tag: 'suspend'; readonly stalled: readonly TopicPartition[] }
  | { readonly _tag: 'resume' }
  /**
   * `leave`: whether the member leaves the group; otherwise the group waits for the end of its session, or the return of the
   * static member
   */
  | { readonly _tag: 'close'; readonly leave: boolean }

export interface MemberShare {
  readonly memberId: string
  readonly assignment: Uint8Array
}

export type MembershipTimer = 'heartbeat' | 'session' | 'retry' | 'drain' | 'rejoin'

/** The effects of a member. Arming a timer replaces its former deadline. */
export type MembershipEffect =
  | {
      readonly _tag: 'join'
      readonly attempt: number
      readonly memberId: string
      readonly owned: readonly TopicPartition[]
      readonly generation: number
    }
  | {
      readonly _tag: 'make assignment'
      readonly attempt: number
      readonly protocol: string
      readonly members: readonly GroupMemberInfo[]
    }
  | {
      readonly _tag: 'sync'
      readonly attempt: number
      readonly memberId: string
      readonly generation: number
      readonly protocol: string
      readonly shares: readonly MemberShare[]
    }
  | { readonly _tag: 'heartbeat'; readonly memberId: string; readonly generation: number }
  | { readonly _tag: 'leave'; readonly memberId: string }
  | { readonly _tag: 'arm'; readonly timer: MembershipTimer; readonly inMs: number }
  | { readonly _tag: 'disarm'; readonly timer: MembershipTimer }
  | {
      readonly _tag: 'assigned'
      readonly generation: number
      readonly gained: readonly TopicPartition[]
      readonly kept: readonly TopicPartition[]
      readonly rebalance: RebalanceSummary
    }
  | { readonly _tag: 'revoking'; readonly partitions: readonly TopicPartition[]; readonly deadline: number }
  | { readonly _tag: 'lost'; readonly partitions: readonly TopicPartition[]; readonly fault: Fault }
  | { readonly _tag: 'event'; readonly event: ConsumerEvent }
  | { readonly _tag: 'fatal'; readonly fault: Fault }

export interface MembershipOptions {
  readonly groupId: string
  readonly groupInstanceId: string | null
  /** the assignors' names, in order of preference */
  readonly protocols: readonly string[]
  /** whether the member releases everything before a rejoin */
  readonly protocol: 'eager' | 'cooperative'
  readonly sessionTimeoutMs: number
  readonly heartbeatIntervalMs: number
  readonly rebalanceTimeoutMs: number
  readonly drainTimeoutMs: number
  readonly retryBackoffMs: number
  readonly retryBackoffMaxMs: number
  readonly random: () => number
}

export type MembershipState =
  'unjoined' | 'joining' | 'assigning' | 'syncing' | 'stable' | 'draining' | 'suspended' | 'closed'

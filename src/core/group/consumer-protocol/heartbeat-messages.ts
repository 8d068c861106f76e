import type { TopicIdPartition } from './topic-id-partition.js'

/** A ConsumerGroupHeartbeat. What is null is as it was when it was last said. */
export interface ConsumerGroupHeartbeatRequest {
  readonly groupId: string
  /** made by the client */
  readonly memberId: string
  /** 0 to join, -1 to leave, -2 to leave as a static member that comes back */
  readonly memberEpoch: number
  readonly groupInstanceId: string | null
  readonly rack: string | null
  readonly rebalanceTimeoutMs: number | null
  readonly topics: readonly string[] | null
  /** RE2/J, which the broker matches against whole names; '' takes back what was said */
  readonly pattern: string | null
  /** the broker's assignor that is asked for */
  readonly assignor: string | null
  readonly owned: readonly TopicIdPartition[] | null
}

/** What the coordinator answers. */
export interface ConsumerGroupHeartbeatResponse {
  readonly code: number
  /** what the broker says of a refusal */
  readonly message: string | null
  readonly memberId: string | null
  readonly memberEpoch: number
  readonly heartbeatIntervalMs: number
  /** null where it is as it was */
  readonly assignment: readonly TopicIdPartition[] | null
}

/** The epochs of a heartbeat that is no member's. */
export const memberEpoch = { join: 0, leave: -1, leaveForAWhile: -2 } as const

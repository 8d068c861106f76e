import type { Fault } from './fault.js'
import type { TopicPartition } from './topic-partition.js'

/** How one partition's drain ended. */
export interface PartitionDrainReport extends TopicPartition {
  /**
   * `drained`: everything delivered is settled and committed; `timed out`: the deadline passed first; `failed`: the
   * pipeline failed or ended before, or the last commit was refused; `aborted`: lost, or closed; `not subscribed`: no
   * record was ever delivered.
   */
  readonly outcome: 'drained' | 'timed out' | 'failed' | 'aborted' | 'not subscribed'
  /** the last offset committed under this assignment, if any */
  readonly committed: bigint | null
  /** delivered records that are not settled: they are redelivered to the next owner */
  readonly repeated: number
}

/** How a group came to its assignment, as this member saw it. */
export interface RebalanceSummary {
  readonly memberId: string
  /** the member that made the assignment; `''` under the consumer protocol, where the broker did */
  readonly leader: string
  /** the name of the assignor; under the consumer protocol the configured one, or `consumer` */
  readonly protocol: string
  /** ms from the start of the rebalance at this member to JoinGroup: how long the drain took under an eager protocol */
  readonly drainMs: number
  /** ms until JoinGroup was answered: the group waits for its slowest member */
  readonly joinMs: number
  /** ms until SyncGroup was answered */
  readonly syncMs: number
}

/**
 * What a rebalance did to this member. `generation` is Kafka's, under the consumer protocol the member's epoch, -1 under `assign`.
 *
 * Every partition that was gained is revoked or lost in the end: a drain and a close report it as a rebalance does.
 */
export type RebalanceEvent =
  | {
      readonly _tag: 'assigned'
      readonly generation: number
      readonly gained: readonly TopicPartition[]
      readonly kept: readonly TopicPartition[]
      /** null under `assign` */
      readonly rebalance: RebalanceSummary | null
    }
  | {
      readonly _tag: 'revoking'
      readonly generation: number
      readonly partitions: readonly TopicPartition[]
      /** ms left for the drain */
      readonly withinMs: number
    }
  | { readonly _tag: 'revoked'; readonly generation: number; readonly partitions: readonly PartitionDrainReport[] }
  | {
      readonly _tag: 'lost'
      readonly generation: number
      readonly partitions: readonly PartitionDrainReport[]
      readonly fault: Fault
    }

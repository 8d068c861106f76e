import type { StatusFault } from './consumer-status.js'
import type { TopicPartition } from './topic-partition.js'

/**
 * - `idle`: without a subscriber; `joining`: the group has not let it in yet; `running`
 * - `draining`, `leaving`; `left`: it has left; `stopped`: by the `fault`
 */
export type SharePhase = 'idle' | 'joining' | 'running' | 'draining' | 'leaving' | 'left' | 'stopped'

/** How far a share group is behind in a partition. */
export interface SharePartitionLag extends TopicPartition {
  /** records that are neither acknowledged nor given up */
  readonly lag: number
}

/** What a share consumer does. Counts are of its present or last subscription. */
export interface ShareStatus {
  readonly phase: SharePhase
  readonly groupId: string
  /** null while it is not a member */
  readonly memberId: string | null
  /** -1 while it is not a member */
  readonly memberEpoch: number
  /** the partitions that it fetches from; other members may have them too */
  readonly partitions: readonly TopicPartition[]
  /**
   * The lag of the whole group, whichever members have its partitions. Looking at it has the coordinator asked, every ten
   * seconds at most, so the first status has `null`; so has every one where brokers do not count it (before Kafka 4.2).
   */
  readonly lag: readonly SharePartitionLag[] | null
  /** records that are acquired and not acknowledged */
  readonly inFlight: number
  /** the record that is in flight for longest */
  readonly oldest: {
    readonly topic: string
    readonly partition: number
    readonly offset: string
    readonly ageMs: number
  } | null
  /** for how long, in all, it could acquire nothing more of a broker because that one's share of `maxInFlight` was in flight */
  readonly fullMs: number
  /** records that it has passed on; those that came again count again */
  readonly delivered: number
  /** records whose acknowledgement the broker has confirmed, by its kind */
  readonly accepted: number
  readonly released: number
  readonly rejected: number
  /** Records whose lock was lost, or whose acknowledgement was refused: they may be delivered again. */
  readonly lost: number
  /** why it is stopped, or what it waits for */
  readonly fault: StatusFault | null
}

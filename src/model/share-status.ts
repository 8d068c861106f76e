import type { StatusFault } from './consumer-status.js'
import type { TopicPartition } from './topic-partition.js'

/**
 * - `idle`: without a subscriber; `joining`: the group has not let it in yet; `running`
 * - `draining`, `leaving`; `left`: it has left; `stopped`: by the `fault`
 */
export type SharePhase = 'idle' | 'joining' | 'running' | 'draining' | 'leaving' | 'left' | 'stopped'

/** The lag of a share group in a partition. */
export interface SharePartitionLag extends TopicPartition {
  /** records that are neither acknowledged nor archived */
  readonly lag: number
}

/** What a share consumer does. Counts belong to its current or last subscription. */
export interface ShareStatus {
  readonly phase: SharePhase
  readonly groupId: string
  /** null while it is not a member */
  readonly memberId: string | null
  /** -1 while it is not a member */
  readonly memberEpoch: number
  /** the partitions that it fetches; other members may have them too */
  readonly partitions: readonly TopicPartition[]
  /**
   * The lag of the whole group, whichever members have its partitions. Reading it makes the client ask the coordinator, at most
   * every ten seconds. So it is `null` in the first status, and always with brokers before Kafka 4.2, which do not count it.
   */
  readonly lag: readonly SharePartitionLag[] | null
  /** records that are acquired and not acknowledged */
  readonly inFlight: number
  /** the record that has been in flight longest */
  readonly oldest: {
    readonly topic: string
    readonly partition: number
    readonly offset: string
    readonly ageMs: number
  } | null
  /** how long, in total, it could acquire no more from a broker because that broker's share of `maxInFlight` was in flight */
  readonly fullMs: number
  /** records that it has passed on; redelivered ones count again */
  readonly delivered: number
  /** records whose acknowledgement the broker has confirmed, by type */
  readonly accepted: number
  readonly released: number
  readonly rejected: number
  /** Records whose lock was lost, or whose acknowledgement was refused: they may be delivered again. */
  readonly lost: number
  /** why it has stopped, or what it waits for */
  readonly fault: StatusFault | null
}

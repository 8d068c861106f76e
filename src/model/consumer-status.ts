import type { DrainReport } from './drain-report.js'
import type { OperatorName } from './operator-name.js'
import type { PartitionState } from './partition-position.js'

/** A fault in a status: a tag to branch on, and a text. */
export interface StatusFault {
  /** the `_tag` of the fault */
  readonly tag: string
  /** the fault as text, from `describeFault` */
  readonly reason: string
}

/** What the consumer waits for, and how long it has waited. */
export interface StatusWait {
  readonly for: 'reconnecting' | 'waiting' | 'joining' | 'throttled' | 'committing'
  /** the broker, the reason, the group, or the partition */
  readonly what: string
  /** since the wait began, in ms */
  readonly forMs: number
  /** what failed last */
  readonly fault: StatusFault | null
}

/**
 * - `idle`: without a subscriber; `connecting`: no broker is reached; `joining`: the group has not let it in yet
 * - `running`; `rebalancing`: the group makes a new assignment; `suspended`: out of the group until a handler that
 *   hangs has ended
 * - `draining`, `leaving`; `left`: it has left; `stopped`: by the `fault`
 */
export type ConsumerPhase =
  | 'idle'
  | 'connecting'
  | 'joining'
  | 'running'
  | 'rebalancing'
  | 'suspended'
  | 'draining'
  | 'leaving'
  | 'left'
  | 'stopped'

/**
 * The progress of a partition. Offsets are decimal texts, since JSON's numbers may not hold them; counts are numbers.
 */
export interface PartitionStatus {
  readonly topic: string
  readonly partition: number
  /** the group's committed offset, as far as this consumer knows; null while there is none */
  readonly committed: string | null
  /** the offset of the next record to deliver; null until the start is known */
  readonly position: string | null
  /** the end of the log as far as this consumer may read, as the last fetch said; null before the first */
  readonly logEnd: string | null
  /** log end minus committed, as Kafka's tools count it; null if nothing is committed */
  readonly lag: number | null
  /** log end minus position: what is not delivered yet */
  readonly behind: number | null
  /**
   * by the records' timestamps: the age of the last delivered one, 0 if everything is delivered; null before the first
   */
  readonly lagMs: number | null
  /** records delivered and settled since reading last began */
  readonly delivered: number
  readonly settled: number
  /** records per second, since the status was last read (a second ago at least) or the partition was assigned */
  readonly deliveredPerSecond: number
  readonly settledPerSecond: number
  /** offsets per second */
  readonly committedPerSecond: number
  /** records that are delivered and use credit: not settled, or held by an operator, and not parked */
  readonly inFlight: number
  /** the first record that is not settled, and since when */
  readonly oldest: {
    readonly offset: string
    readonly ageMs: number
    readonly lastOperator: OperatorName
    readonly held: boolean
  } | null
  /** what keeps its records from being processed or read: a `guard` whose breaker is open, a transaction that is open */
  readonly heldUpBy: string | null
  /** why it does not advance, or that it does */
  readonly standing: PartitionState
  /** the fault behind that; null if there is none */
  readonly fault: StatusFault | null
}

/** What a consumer does, or why it makes no progress. `JSON.stringify` can write all of it. */
export interface ConsumerStatus {
  readonly phase: ConsumerPhase
  /** since this phase began, in ms */
  readonly forMs: number
  /** why it is not running, in words; null if there is no reason to report */
  readonly reason: string | null
  /** the fault that stopped it, or the one that has kept it waiting longest */
  readonly fault: StatusFault | null
  /** everything that it waits for now */
  readonly waits: readonly StatusWait[]
  /** null under `assign` without a group */
  readonly groupId: string | null
  /** null while it is not a member */
  readonly memberId: string | null
  /** Kafka's generation; -1 if there is none */
  readonly generation: number
  /** the name of the assignor that the group uses; null before the first assignment, and without a group */
  readonly protocol: string | null
  readonly partitions: readonly PartitionStatus[]
  /** of all partitions whose lag is known */
  readonly lag: number
  /** of all partitions together */
  readonly behind: number
  /** the longest of its partitions */
  readonly lagMs: number
  /** of all partitions together */
  readonly inFlight: number
  /** how the previous subscription ended, or the finished drain */
  readonly outcome: DrainReport['outcome'] | null
}

import type { DrainReport } from './drain-report.js'
import type { OperatorName } from './operator-name.js'
import type { PartitionState } from './partition-position.js'

/** A fault in a status: its tag to branch on, and in words. */
export interface StatusFault {
  readonly tag: string
  readonly reason: string
}

/** Something that takes time, and how long it has by now. */
export interface StatusWait {
  readonly for: 'reconnecting' | 'waiting' | 'joining' | 'throttled' | 'committing'
  /** the broker, the reason, the group, or the partition */
  readonly what: string
  readonly forMs: number
  readonly fault: StatusFault | null
}

/**
 * - `idle`: not subscribed to; `connecting`: no broker is reached; `joining`: the group has not let it in yet
 * - `running`; `rebalancing`: the group assigns anew; `suspended`: out of the group until a handler that hangs has come to rest
 * - `draining`, `leaving`; `left`: it has; `stopped`: by the `fault`
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

/** Where a partition stands. Offsets are decimal texts, since they may be beyond what JSON's numbers hold; counts are numbers. */
export interface PartitionStatus {
  readonly topic: string
  readonly partition: number
  readonly committed: string | null
  readonly position: string | null
  readonly logEnd: string | null
  /** log end less committed, as Kafka's tools count it; null where nothing is committed */
  readonly lag: number | null
  /** log end less position: what is not delivered yet */
  readonly behind: number | null
  /** by the records' timestamps: how old the last delivered one is, 0 where all is delivered; null before the first */
  readonly lagMs: number | null
  /** records delivered and settled since reading began at the present start */
  readonly delivered: number
  readonly settled: number
  /** records a second, since the status was last asked for (a second ago at least) or the partition was assigned */
  readonly deliveredPerSecond: number
  readonly settledPerSecond: number
  /** offsets a second */
  readonly committedPerSecond: number
  readonly inFlight: number
  /** the first record that is not settled, and since when */
  readonly oldest: {
    readonly offset: string
    readonly ageMs: number
    readonly lastOperator: OperatorName
    readonly held: boolean
  } | null
  /** what an operator says that keeps its records from being worked on, such as a `guard` whose breaker is open */
  readonly heldUpBy: string | null
  readonly standing: PartitionState
  readonly fault: StatusFault | null
}

/** What a consumer does, and why it does not. `JSON.stringify` takes all of it. */
export interface ConsumerStatus {
  readonly phase: ConsumerPhase
  readonly forMs: number
  /** why it is not running, in words; null where nothing is to be said */
  readonly reason: string | null
  /** what it has stopped by, or what keeps it waiting for longest */
  readonly fault: StatusFault | null
  readonly waits: readonly StatusWait[]
  readonly groupId: string | null
  readonly memberId: string | null
  /** Kafka's; -1 where there is none */
  readonly generation: number
  /** the name of the assignor that the group uses; null before the first assignment, and without a group */
  readonly protocol: string | null
  readonly partitions: readonly PartitionStatus[]
  /** of all partitions of which it is known */
  readonly lag: number
  readonly behind: number
  readonly lagMs: number
  readonly inFlight: number
  /** how the subscription before ended, or the drain that is done */
  readonly outcome: DrainReport['outcome'] | null
}

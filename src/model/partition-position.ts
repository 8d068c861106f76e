import type { Fault } from './fault.js'
import type { OperatorName } from './operator-name.js'
import type { TopicPartition } from './topic-partition.js'

/**
 * The one reason why a partition makes no progress now, or that it does.
 *
 * - `flowing`: records are there and are being delivered; `no data`: everything fetched is delivered
 * - `starting`: its start position is being looked up
 * - `not subscribed`, `unsubscribed`, `paused`, `pipeline ended`: the user's doing
 * - `no credit`, `commit range full`: it waits for the acknowledgement of `waitingFor`
 * - `no memory`: it waits until records in flight, of this or other partitions, are settled (`maxInFlightBytes`)
 * - `rebalancing`, `commit failing`: it waits for a commit, which waits for the group or for `fault`
 * - `draining`: it is being released
 * - `broker down`: its leader cannot be reached, or there is none (`fault`)
 * - `unreadable`: its log cannot be read at the position (`fault`)
 * - `stalled`: it made no progress for `max.poll.interval.ms` and was lost. The member is out of the group, and has no
 *   other partition, until the work on `waitingFor` has ended; its signal is aborted
 */
export type PartitionState =
  | 'flowing'
  | 'no data'
  | 'starting'
  | 'not subscribed'
  | 'unsubscribed'
  | 'paused'
  | 'no credit'
  | 'commit range full'
  | 'no memory'
  | 'rebalancing'
  | 'commit failing'
  | 'draining'
  | 'pipeline ended'
  | 'broker down'
  | 'unreadable'
  | 'stalled'

/** @deprecated Renamed to `PartitionState`. */
export type Standing = PartitionState

/** The first unsettled record: the commit waits for it, and eventually so does everything behind it. */
export interface WaitingFor {
  readonly offset: bigint
  /** since it was delivered */
  readonly forMs: number
  /** the last operator that passed it on, `source` if none has */
  readonly lastOperator: OperatorName
  /** whether an operator processes or keeps it; if none does, it was swallowed */
  readonly held: boolean
}

/** The progress of a partition. Offsets are of the next record: `position` is the next one to deliver. */
export interface PartitionPosition extends TopicPartition {
  /** committed by the group, as far as this member knows; null if nothing was */
  readonly committed: bigint | null
  readonly position: bigint | null
  /** the end of the log as of the last fetch; under `read_committed` the last stable offset */
  readonly logEnd: bigint | null
  /** delivered records whose credit is not returned */
  readonly inFlight: number
  /** offsets from the first unsettled record to the position: what would be repeated after a crash */
  readonly uncommitted: { readonly from: bigint; readonly to: bigint } | null
  /** logEnd − position */
  readonly lag: bigint | null
  /** records delivered and settled since reading last began: with an assignment, a seek or a new subscriber */
  readonly delivered: number
  readonly settled: number
  /** of the last delivered record, ms since 1970; null before the first */
  readonly lastTimestamp: number | null
  readonly standing: PartitionState
  readonly waitingFor: WaitingFor | null
  /**
   * what keeps its records from being processed, as an operator reports, such as a `guard` whose breaker is open; or from
   * being read, under `read_committed` a transaction that is open behind everything that was delivered
   */
  readonly heldUpBy: string | null
  /** why, if a broker, the group or the log is the reason, or a loss */
  readonly fault: Fault | null
}

import type { OperatorName } from './operator-name.js'
import type { RecordPlace } from './record-place.js'

/** One invalid place in a decoded value. */
export interface DecodeProblem {
  /** `$.items[3].price` */
  readonly path: string
  readonly message: string
}

/**
 * Bytes that do not match what the codec expects. Holds no payload: texts are cut, at most 10 problems and 1 KiB in
 * all.
 */
export interface DecodeFault {
  readonly _tag: 'DecodeFault'
  /** the step that failed */
  readonly stage: 'size' | 'utf8' | 'number' | 'json' | 'io-ts' | 'schema' | 'codec'
  readonly reason: string
  readonly problems?: readonly DecodeProblem[]
  /** how many problems there were, if more than are listed */
  readonly totalProblems?: number
  /** which part of the record; added by `deserialize` */
  readonly part?: 'key' | 'value'
  /** added by `deserialize` */
  readonly place?: RecordPlace
}

/** The user's function threw, rejected, returned a Left or an Observable that failed. */
export interface HandlerFault {
  readonly _tag: 'HandlerFault'
  readonly operator: OperatorName
  readonly place: RecordPlace
  readonly attempt: number
  readonly cause: unknown
}

/** A record was not tried, because a record that it is ordered behind has failed for good. */
export interface PredecessorFailedFault {
  readonly _tag: 'PredecessorFailedFault'
  readonly place: RecordPlace
  /** the record that failed */
  readonly behind: RecordPlace
}

/** @deprecated Renamed to `PredecessorFailedFault`. */
export type BehindFault = PredecessorFailedFault

/** Why a record was not confirmed. */
export type ProduceTrouble =
  /** the topic does not exist, or no topic can have this name */
  | 'unknown topic'
  /** the topic has no partition of this number, or none at the moment */
  | 'unknown partition'
  /** larger than `max.request.size`, or than the topic allows */
  | 'record too large'
  /** too few replicas are in sync for `acks` 'all' */
  | 'not enough replicas'
  /** the broker cannot be reached, or the partition has no leader */
  | 'not reachable'
  /** `buffer.memory` was used up, and none of it became free for `max.block.ms` */
  | 'buffer full'
  /** another producer took over, or this one's epoch has ended */
  | 'fenced'
  /** any other refusal by the broker: an invalid record or timestamp, a policy */
  | 'refused'

/** Kafka did not confirm a record that was produced. */
export interface ProduceFault {
  readonly _tag: 'ProduceFault'
  readonly topic: string
  readonly partition?: number
  readonly trouble: ProduceTrouble
  readonly reason: string
  /** whether the same record can never succeed */
  readonly permanent: boolean
  /**
   * whether the record may be in the log nevertheless: an attempt got no answer, and there was no time left to ask
   * again
   */
  readonly maybeWritten: boolean
}

/** A dead letter is not written back to its origin. */
export interface ReplayRefusedFault {
  readonly _tag: 'ReplayRefusedFault'
  /** the place of the dead letter */
  readonly place: RecordPlace
  readonly reason: string
}

/** A sink other than Kafka failed. */
export interface SinkFault {
  readonly _tag: 'SinkFault'
  readonly sink: string
  readonly reason: string
  readonly cause?: unknown
}

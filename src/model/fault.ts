import type { Committed } from './committed.js'
import type {
  PredecessorFailedFault,
  DecodeFault,
  HandlerFault,
  ProduceFault,
  ReplayRefusedFault,
  SinkFault
} from './record-fault.js'
import type { RecordPlace } from './record-place.js'
import type { TopicPartition } from './topic-partition.js'

/** One problem of a configuration. */
export interface ConfigProblem {
  /** the property by Kafka's name, with a path where it is nested */
  readonly property: string
  /** the given value, printed; secrets as `[redacted]` */
  readonly given: string
  /** what is allowed */
  readonly allowed: string
  /** a known name that the given one resembles */
  readonly didYouMean?: string
}

/** The configuration is wrong; no connection was made. Lists every problem at once. Fatal. */
export interface ConfigFault {
  readonly _tag: 'ConfigFault'
  readonly problems: readonly ConfigProblem[]
}

/**
 * A connection could not be made or broke, or a request got no answer. Recovers without intervention; the engine
 * retries.
 */
export interface ConnectionFault {
  readonly _tag: 'ConnectionFault'
  readonly broker: string
  readonly reason: string
}

/** The peer is not a Kafka broker, or speaks TLS where plaintext was expected, or the reverse. */
export interface FrameFault {
  readonly _tag: 'FrameFault'
  readonly broker: string
  readonly reason: string
}

/** The broker refused the credentials, or the TLS handshake failed. Fatal. */
export interface AuthenticationFault {
  readonly _tag: 'AuthenticationFault'
  readonly broker: string
  readonly reason: string
}

/** The principal may not use the topic, the group or the cluster. Fatal for the named resource. */
export interface AuthorizationFault {
  readonly _tag: 'AuthorizationFault'
  readonly resource: 'topic' | 'group' | 'cluster' | 'transactional.id'
  readonly name: string
}

/** The broker is older or newer than the versions that this library supports. Fatal. */
export interface UnsupportedVersionFault {
  readonly _tag: 'UnsupportedVersionFault'
  /** `host:port`; left out if the fault does not come from a single broker */
  readonly broker?: string
  readonly api: string
  readonly needed: string
  readonly offered: string
}

/** Any other error code of Kafka's. */
export interface BrokerFault {
  readonly _tag: 'BrokerFault'
  readonly api: string
  readonly code: number
  /** Kafka's own name of the code, e.g. `NOT_ENOUGH_REPLICAS` */
  readonly name: string
  readonly topic?: string
  readonly partition?: number
  /** the broker's own message, if its answer has one */
  readonly message?: string
}

/** A topic does not exist (yet). */
export interface UnknownTopicFault {
  readonly _tag: 'UnknownTopicFault'
  readonly topic: string
}

/** A topic has no partition of this number (yet). */
export interface UnknownPartitionFault extends TopicPartition {
  readonly _tag: 'UnknownPartitionFault'
  /** how many it has */
  readonly partitions: number
}

/** The group's members speak other assignment protocols (`INCONSISTENT_GROUP_PROTOCOL`). Fatal. */
export interface GroupProtocolFault {
  readonly _tag: 'GroupProtocolFault'
  readonly groupId: string
  readonly offered: readonly string[]
}

/** This member cannot read the assignment from the group's leader. Fatal, as in Java's client. */
export interface AssignmentFault {
  readonly _tag: 'AssignmentFault'
  readonly groupId: string
  readonly reason: string
}

/** Another member took this one's place: the same `group.instance.id`, or a newer producer. Fatal. */
export interface FencedFault {
  readonly _tag: 'FencedFault'
  readonly what: 'group.instance.id' | 'transactional.id' | 'partition'
  readonly id: string
}

/** The member is no longer in the group: its session expired, or its generation has ended. The engine rejoins. */
export interface MembershipLostFault {
  readonly _tag: 'MembershipLostFault'
  readonly groupId: string
  readonly reason: 'session expired' | 'unknown member' | 'generation over' | 'deadline passed' | 'stalled'
}

/** There is no committed offset and `auto.offset.reset` is `none`. Fatal. */
export interface NoOffsetFault extends TopicPartition {
  readonly _tag: 'NoOffsetFault'
  readonly groupId: string | null
}

/**
 * The position is not in the log (any more) and is not reset: `auto.offset.reset` is `none`, `offset.out.of.range` is
 * `fail`, or the reset would go back further than `offset.reset.max.records` or `offset.reset.max.ms` allow. Fatal.
 */
export interface OffsetOutOfRangeFault extends RecordPlace {
  readonly _tag: 'OffsetOutOfRangeFault'
  readonly logStart: bigint
  readonly logEnd: bigint
}

/** The log was cut below the position by an unclean leader election, and `auto.offset.reset` is `none`. Fatal. */
export interface LogTruncationFault extends RecordPlace {
  readonly _tag: 'LogTruncationFault'
  /** the first offset where the log differs from what was read; null if the leader does not know */
  readonly divergesAt: bigint | null
}

/**
 * The topic was deleted and created again, so the position is meaningless in it, and `auto.offset.reset` is `none`.
 * Fatal.
 */
export interface TopicRecreatedFault extends TopicPartition {
  readonly _tag: 'TopicRecreatedFault'
  /** the position in the former topic; null if it was not read yet */
  readonly position: bigint | null
}

/** `startFrom` threw, failed, never answered or answered for partitions it was not called with. Fatal. */
export interface StartFromFault {
  readonly _tag: 'StartFromFault'
  readonly reason: string
  readonly cause?: unknown
}

/** No broker, or not the group's coordinator, could be reached for `unreachable.timeout.ms`. Fatal. */
export interface UnreachableFault {
  readonly _tag: 'UnreachableFault'
  readonly what: 'any broker' | 'the coordinator'
  /** since the last answer */
  readonly forMs: number
  /** why the last attempt failed */
  readonly fault: Fault
}

/** A custom assignor threw, or returned an invalid assignment. Fatal. */
export interface AssignorFault {
  readonly _tag: 'AssignorFault'
  /** its name */
  readonly assignor: string
  readonly reason: string
  readonly cause?: unknown
}

/** A record batch cannot be read: wrong CRC, wrong lengths, an unknown format. The partition stops and is reported. */
export interface CorruptBatchFault extends RecordPlace {
  readonly _tag: 'CorruptBatchFault'
  readonly reason: string
}

/** A record batch is larger than allowed once decompressed. */
export interface OversizedBatchFault extends RecordPlace {
  readonly _tag: 'OversizedBatchFault'
  readonly limitBytes: number
}

/** A record batch is compressed with a codec that is not installed. */
export interface CodecMissingFault extends RecordPlace {
  readonly _tag: 'CodecMissingFault'
  readonly codec: 'snappy' | 'lz4' | 'zstd'
  readonly install: string
}

/** No answer came in time. */
export interface TimeoutFault {
  readonly _tag: 'TimeoutFault'
  readonly what: string
  readonly afterMs: number
  /** what it has waited for, such as a broker that cannot be reached, if that is known */
  readonly last?: Fault
}

/** The object was closed before the call, or during it. Fatal. */
export interface ClosedFault {
  readonly _tag: 'ClosedFault'
  readonly what: string
}

/** The library was called in an unsupported way, e.g. with a second live subscription of one consumer. Fatal. */
export interface UsageFault {
  readonly _tag: 'UsageFault'
  readonly reason: string
}

/** An offset that cannot be committed. */
export interface OffsetRefusedFault extends RecordPlace {
  readonly _tag: 'OffsetRefusedFault'
  readonly reason: string
}

/** No commit of these partitions succeeded for this long, despite retries. Fatal. */
export interface CommitFault {
  readonly _tag: 'CommitFault'
  readonly offsets: readonly Committed[]
  readonly forMs: number
  /** why the last attempt failed */
  readonly fault: Fault
}

/** Every way in which something can fail, as data. */
export type Fault =
  | ConfigFault
  | ConnectionFault
  | FrameFault
  | AuthenticationFault
  | AuthorizationFault
  | UnsupportedVersionFault
  | BrokerFault
  | UnknownTopicFault
  | UnknownPartitionFault
  | GroupProtocolFault
  | AssignmentFault
  | FencedFault
  | MembershipLostFault
  | NoOffsetFault
  | OffsetOutOfRangeFault
  | LogTruncationFault
  | TopicRecreatedFault
  | StartFromFault
  | AssignorFault
  | UnreachableFault
  | CorruptBatchFault
  | OversizedBatchFault
  | CodecMissingFault
  | DecodeFault
  | HandlerFault
  | PredecessorFailedFault
  | ProduceFault
  | ReplayRefusedFault
  | SinkFault
  | TimeoutFault
  | ClosedFault
  | UsageFault
  | OffsetRefusedFault
  | CommitFault

import type { DrainReport } from './drain-report.js'
import type { CodecMissingFault, CorruptBatchFault, Fault, OversizedBatchFault } from './fault.js'
import type { RecordPlace } from './record-place.js'
import type { OperatorName } from './operator-name.js'
import type { Throttled } from './throttled.js'
import type { TopicPartition } from './topic-partition.js'

/** What a consumer reports apart from records, rebalances and commits. The library itself never prints anything. */
export type ConsumerEvent =
  /**
   * No record was ever acknowledged and no operator of this library processes one: no credit is left, or ten seconds
   * have passed. Put `ack()` or `commit()` last.
   */
  | (TopicPartition & { readonly _tag: 'starved'; readonly inFlight: number; readonly advice: string })
  /** A delivered record has been neither settled nor held for long: an operator swallowed it. The commit waits for it. */
  | (RecordPlace & {
      readonly _tag: 'unsettled'
      readonly ageMs: number
      readonly lastOperator: OperatorName
      /** how many later records have been settled meanwhile */
      readonly overtakenBy: number
    })
  /**
   * Handlers are running and nothing has progressed for ten seconds: no attempt began or ended, no record was settled.
   * `offset` is that of the first record that is not settled. Emitted once, until it progresses again.
   */
  | (RecordPlace & { readonly _tag: 'slow'; readonly forMs: number; readonly inFlight: number })
  /** Unsettled records and no progress for `max.poll.interval.ms`. */
  | (TopicPartition & { readonly _tag: 'stalled'; readonly forMs: number; readonly inFlight: number })
  /**
   * Records of the partition were requested and no answer has come for `forMs`, for no known reason: the partition is
   * not paused, it waits for no acknowledgement, no broker is down. The fetch is sent again. Please report it.
   */
  | (TopicPartition & { readonly _tag: 'silent'; readonly forMs: number })
  /** A partition was emitted 10 s ago and has no subscriber. */
  | (TopicPartition & { readonly _tag: 'not subscribed' })
  /** The pipeline of a partition ended while the partition is still assigned: the partition makes no progress. */
  | (TopicPartition & { readonly _tag: 'pipeline ended' })
  /** The breaker of a `guard` has opened: what it calls fails. Records wait until it closes. */
  | (TopicPartition & { readonly _tag: 'breaker opened'; readonly guard: string })
  /** A call has succeeded again. */
  | (TopicPartition & { readonly _tag: 'breaker closed'; readonly guard: string })
  /** The pipeline of a partition failed: the other partitions are drained, then the consumer stops with its error. */
  | (TopicPartition & { readonly _tag: 'pipeline failed'; readonly cause: unknown })
  /** The pipeline of a partition failed and is restarted in `inMs`. */
  | (TopicPartition & { readonly _tag: 'pipeline restarting'; readonly inMs: number; readonly cause: unknown })
  /**
   * The `missing` offsets from `from` up to `to` have no records that can be read: retention (or DeleteRecords) deleted
   * them before they were read, or they were compacted away (or are markers and aborted records of transactions). At
   * most once per fetch.
   */
  | (TopicPartition & {
      readonly _tag: 'gap'
      readonly from: bigint
      readonly to: bigint
      readonly missing: bigint
      readonly cause: 'retention' | 'compaction'
    })
  /** The position was not in the log and `auto.offset.reset` was applied. */
  | (TopicPartition & {
      readonly _tag: 'reset'
      readonly from: bigint
      readonly to: bigint
      readonly policy: 'earliest' | 'latest' | 'by_duration'
      readonly logStart: bigint
      readonly logEnd: bigint
    })
  /**
   * An unclean leader election has cut the log at `to`; the records read from there up to `from` are gone, reading
   * continues at `to`.
   */
  | (TopicPartition & { readonly _tag: 'truncated'; readonly from: bigint; readonly to: bigint })
  /**
   * The topic was deleted and created again, and is a different topic. These of its partitions are read from their
   * beginning; offsets read of the former topic, up to `from` (null: none), are not committed any more. None if a
   * rebalance has taken them.
   */
  | {
      readonly _tag: 'recreated'
      readonly topic: string
      readonly partitions: readonly { readonly partition: number; readonly from: bigint | null }[]
    }
  /**
   * A topic that the pipeline writes to was deleted and created again: what was written before is gone, what follows
   * is written to the new one.
   */
  | { readonly _tag: 'target recreated'; readonly topic: string }
  /**
   * Everything in the partition's log, up to `offset`, is delivered; under `read_committed` up to the first open
   * transaction. With `enable.partition.eof`, emitted each time the position reaches the end after having been behind
   * it: for an empty partition when it is first read, for one that is read as it is written with each record.
   */
  | (RecordPlace & { readonly _tag: 'end reached' })
  /** A record failed and was skipped by `onFailure: 'skip'`. */
  | (RecordPlace & { readonly _tag: 'skipped'; readonly fault: Fault })
  /** A record of a share group failed and was given back by `onFailure: 'release'`: it is delivered again. */
  | (RecordPlace & { readonly _tag: 'released'; readonly fault: Fault })
  /** A record of a share group failed and was given up for good by `onFailure: 'reject'`. */
  | (RecordPlace & { readonly _tag: 'rejected'; readonly fault: Fault })
  /** A record failed and was written to the dead letters, and the write is confirmed. */
  | (RecordPlace & { readonly _tag: 'dead lettered'; readonly fault: Fault })
  /** A record failed and is parked by `park`, with those ordered behind it; retried in `inMs`. */
  | (RecordPlace & { readonly _tag: 'parked'; readonly fault: Fault; readonly attempts: number; readonly inMs: number })
  /**
   * A record failed, or follows one that did, and waits in the topic `to` (`retryLater`); it is tried again in `inMs` at
   * the earliest. `attempts`: how often it was tried here.
   */
  | (RecordPlace & {
      readonly _tag: 'retried later'
      readonly fault: Fault
      readonly attempts: number
      readonly to: string
      readonly inMs: number
    })
  /** A parked record has succeeded, and those behind it follow. */
  | (RecordPlace & { readonly _tag: 'resumed'; readonly attempts: number })
  /** `deserialize` took `tookMs` for one record, more than 250 ms; nothing else ran in the process meanwhile. */
  | (RecordPlace & { readonly _tag: 'slow decode'; readonly tookMs: number })
  /**
   * The last line of a file of `writeNdjson` was incomplete: a killed process left it, and never acknowledged it. It
   * was moved, and new lines are appended after the last complete one.
   */
  | { readonly _tag: 'torn line'; readonly path: string; readonly bytes: number; readonly movedTo: string }
  /** A partition has stopped because its log cannot be read at this offset; the others continue. */
  | (RecordPlace & {
      readonly _tag: 'unreadable'
      readonly fault: CorruptBatchFault | OversizedBatchFault | CodecMissingFault
    })
  /**
   * A broker or the coordinator cannot be reached; retried in `inMs`. Emitted with the first failed attempt, every ten
   * seconds while attempts fail, and when the fault changes.
   */
  | {
      readonly _tag: 'reconnecting'
      readonly broker: string
      readonly fault: Fault
      readonly attempt: number
      readonly inMs: number
    }
  /**
   * A broker throttles; emitted when that begins, every ten seconds while it continues, and when the broker requests
   * longer.
   */
  | Throttled
  /**
   * The group, a topic or a store is not ready for use; retried in `inMs`. Emitted when that begins, and every ten seconds.
   * With a `TimeoutFault` a store has not answered a sink yet: in `inMs` the call is given up, or reported again. Or a
   * transaction of some producer stays open, and `read_committed` stops there.
   */
  | { readonly _tag: 'waiting'; readonly reason: string; readonly fault: Fault; readonly inMs: number }
  /**
   * The group does not let the member join yet, since it waits for its other members: for a member that drains until the drain
   * is done, for one that left without notice until its session expires. Emitted after two seconds, and every ten seconds while
   * it waits.
   */
  | { readonly _tag: 'joining'; readonly groupId: string; readonly forMs: number; readonly atMostMs: number }
  /** A wait that this event's tag reported has ended; `what` is its broker, its reason or its group. */
  | {
      readonly _tag: 'recovered'
      readonly from: 'reconnecting' | 'waiting' | 'joining' | 'throttled'
      readonly what: string
      readonly afterMs: number
    }
  /** The brokers do not support the configured `group.protocol`, and the member has joined by another. */
  | {
      readonly _tag: 'group protocol'
      readonly groupId: string
      readonly wanted: 'consumer'
      readonly used: 'classic'
      readonly fault: Fault
    }
  /**
   * A share consumer has lost the locks of `records` acquired records, of which `offset` is the first: they are delivered
   * again, to this member or another, and acknowledging them has no effect any more.
   */
  | (RecordPlace & {
      readonly _tag: 'locks lost'
      readonly records: number
      readonly reason: 'expired' | 'session over' | 'leader moved' | 'member lost'
    })
  /**
   * The brokers do not renew locks, since they are older than Kafka 4.2 or `share.renew.acknowledge.enable` of the group is
   * false: a record of a share consumer that takes longer than `lockMs` is delivered again. With any other `fault` than
   * `INVALID_RECORD_STATE` of a broker, a renewal was refused for now and is tried again. Emitted once, until one succeeds.
   */
  | { readonly _tag: 'locks not renewed'; readonly groupId: string; readonly lockMs: number; readonly fault: Fault }
  /** Another member has taken this one's identity. */
  | { readonly _tag: 'fenced'; readonly fault: Fault }
  /**
   * The member is in the group and has no partition: there are more members than partitions. Not emitted for a member
   * that still waits for its share, nor if the topics do not exist.
   */
  | { readonly _tag: 'no partitions'; readonly groupId: string }
  /**
   * The consumer cannot continue, and has left. Its subscriber gets `cause` as an error right after: a `ConsumerError`,
   * or a pipeline's own error.
   */
  | { readonly _tag: 'stopped'; readonly cause: unknown; readonly report: DrainReport }

import type { DrainReport } from './drain-report.js'
import type { CodecMissingFault, CorruptBatchFault, Fault, OversizedBatchFault } from './fault.js'
import type { RecordPlace } from './record-place.js'
import type { OperatorName } from './operator-name.js'
import type { Throttled } from './throttled.js'
import type { TopicPartition } from './topic-partition.js'

/** What a consumer has to say besides records, rebalances and commits. Nothing is ever printed by the library. */
export type ConsumerEvent =
  /**
   * Nothing was ever acknowledged and no operator of ours works on a record: no credit is left, or ten seconds have passed. Put
   * `ack()` or `commit()` last.
   */
  | (TopicPartition & { readonly _tag: 'starved'; readonly inFlight: number; readonly advice: string })
  /** A record was delivered and neither settled nor held for long: some operator swallowed it. The commit waits for it. */
  | (RecordPlace & {
      readonly _tag: 'unsettled'
      readonly ageMs: number
      readonly lastOperator: OperatorName
      /** how many later records have been settled meanwhile */
      readonly overtakenBy: number
    })
  /**
   * Handlers are at work and for ten seconds nothing has moved: no attempt began or ended, no record was settled. `offset` is that
   * of the first record that is not settled. Once, until it moves again.
   */
  | (RecordPlace & { readonly _tag: 'slow'; readonly forMs: number; readonly inFlight: number })
  /** Unsettled records and no progress for `max.poll.interval.ms`. */
  | (TopicPartition & { readonly _tag: 'stalled'; readonly forMs: number; readonly inFlight: number })
  /**
   * Records of the partition were asked for and nothing has been heard for so long, though no reason is known: nothing is
   * paused, nobody waits for an acknowledgement, no broker is down. It is asked for anew. Please report it.
   */
  | (TopicPartition & { readonly _tag: 'silent'; readonly forMs: number })
  /** A partition was emitted 10 s ago and nobody subscribed to it. */
  | (TopicPartition & { readonly _tag: 'not subscribed' })
  /** The pipeline of a partition ended while the partition is still assigned: it stands. */
  | (TopicPartition & { readonly _tag: 'pipeline ended' })
  /** The breaker of a `guard` has opened: what it calls fails. Records wait until it closes. */
  | (TopicPartition & { readonly _tag: 'breaker opened'; readonly guard: string })
  /** A call has succeeded again. */
  | (TopicPartition & { readonly _tag: 'breaker closed'; readonly guard: string })
  /** The pipeline of a partition failed: the other partitions are drained, then the consumer stops by it. */
  | (TopicPartition & { readonly _tag: 'pipeline failed'; readonly cause: unknown })
  /** The pipeline of a partition failed and is restarted in `inMs`. */
  | (TopicPartition & { readonly _tag: 'pipeline restarting'; readonly inMs: number; readonly cause: unknown })
  /**
   * Offsets from `from` up to `to`, `missing` in number, hold nothing that could be read: deleted by retention (or
   * DeleteRecords) before they were, or compacted away (markers and aborted records of transactions among them). At most once
   * a fetch.
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
  /** An unclean leader election has cut the log at `to`; what was read from there up to `from` is gone, reading goes on at `to`. */
  | (TopicPartition & { readonly _tag: 'truncated'; readonly from: bigint; readonly to: bigint })
  /**
   * The topic was deleted and made again, and is another. These of its partitions are read from their beginning; what was
   * read of the former one, up to `from` (null: nothing), is not committed any more. None where a rebalance has taken them.
   */
  | {
      readonly _tag: 'recreated'
      readonly topic: string
      readonly partitions: readonly { readonly partition: number; readonly from: bigint | null }[]
    }
  /**
   * Everything in the partition's log, up to `offset`, is delivered; under `read_committed` up to the first open transaction.
   * With `enable.partition.eof`, once each time the position reaches the end after having been behind it: of an empty partition
   * when it is first read, of one that is read as it is written with each record.
   */
  | (RecordPlace & { readonly _tag: 'end reached' })
  /** A record failed and was skipped by `onFailure: 'skip'`. */
  | (RecordPlace & { readonly _tag: 'skipped'; readonly fault: Fault })
  /** A record failed and was written to the dead letters, which is confirmed. */
  | (RecordPlace & { readonly _tag: 'dead lettered'; readonly fault: Fault })
  /** A record failed and waits aside by `park`, with what is ordered behind it; tried again in `inMs`. */
  | (RecordPlace & { readonly _tag: 'parked'; readonly fault: Fault; readonly attempts: number; readonly inMs: number })
  /** A parked record has succeeded; what is behind it follows. */
  | (RecordPlace & { readonly _tag: 'resumed'; readonly attempts: number })
  /** `deserialize` took so long for one record, more than 250 ms; nothing else of the process ran meanwhile. */
  | (RecordPlace & { readonly _tag: 'slow decode'; readonly tookMs: number })
  /**
   * The last line of a file of `writeNdjson` was not whole: a killed process left it, and never acknowledged it. It was moved,
   * and lines are appended behind the last whole one.
   */
  | { readonly _tag: 'torn line'; readonly path: string; readonly bytes: number; readonly movedTo: string }
  /** A partition stands still because its log cannot be read at this offset; the others go on. */
  | (RecordPlace & {
      readonly _tag: 'unreadable'
      readonly fault: CorruptBatchFault | OversizedBatchFault | CodecMissingFault
    })
  /**
   * A broker or the coordinator cannot be reached; retried in `inMs`. From the first attempt that failed, every ten seconds
   * while it goes on, and when the fault is another.
   */
  | {
      readonly _tag: 'reconnecting'
      readonly broker: string
      readonly fault: Fault
      readonly attempt: number
      readonly inMs: number
    }
  /** A broker wants to be left alone; told as it begins, every ten seconds while it goes on, and when it wants longer. */
  | Throttled
  /** The group or a topic is not ready to be used; retried in `inMs`. As it begins, and every ten seconds. */
  | { readonly _tag: 'waiting'; readonly reason: string; readonly fault: Fault; readonly inMs: number }
  /**
   * The group does not let the member in yet: it waits for its other members. For one that drains until it is done, for one
   * that has gone without a word until its session is over. After two seconds, and every ten while it goes on.
   */
  | { readonly _tag: 'joining'; readonly groupId: string; readonly forMs: number; readonly atMostMs: number }
  /** What an event of this tag told of is over; `what` is its broker, its reason or its group. */
  | {
      readonly _tag: 'recovered'
      readonly from: 'reconnecting' | 'waiting' | 'joining' | 'throttled'
      readonly what: string
      readonly afterMs: number
    }
  /** The brokers do not speak the `group.protocol` that is wanted, and the member has joined by another. */
  | {
      readonly _tag: 'group protocol'
      readonly groupId: string
      readonly wanted: 'consumer'
      readonly used: 'classic'
      readonly fault: Fault
    }
  /** Another member has taken this one's identity. */
  | { readonly _tag: 'fenced'; readonly fault: Fault }
  /**
   * The member is in the group and has no partition: there are more members than partitions. Not told of one that still waits
   * for its share, nor where the topics are not there.
   */
  | { readonly _tag: 'no partitions'; readonly groupId: string }
  /**
   * It cannot go on, and has left. `cause` is what its subscriber is given as an error right after: a `ConsumerError`, or a
   * pipeline's own.
   */
  | { readonly _tag: 'stopped'; readonly cause: unknown; readonly report: DrainReport }

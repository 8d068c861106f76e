import type { Fault } from './fault.js'
import type { Throttled } from './throttled.js'
import type { TopicPartition } from './topic-partition.js'

/** The waits of a producer: the tags of the events that begin and end. */
export type ProducerWait =
  | 'waiting for topic'
  | 'waiting for partition'
  | 'waiting for memory'
  | 'reconnecting'
  | 'retrying'
  | 'late'
  | 'throttled'

/** How long records have waited, and how long they may wait at most. */
interface Waiting {
  readonly forMs: number
  /** `max.block.ms`: then they fail */
  readonly atMostMs: number
}

/**
 * What a producer reports apart from the result of each record. A wait is reported when it begins, every ten seconds,
 * and when it ends. The library itself never prints anything.
 */
export type ProducerEvent =
  /**
   * Records wait for a topic that does not exist yet, or whose metadata the cluster does not return (`fault`); retried
   * in `inMs`.
   */
  | (Waiting & {
      readonly _tag: 'waiting for topic'
      readonly topic: string
      readonly fault: Fault
      readonly inMs: number
    })
  /** Records name a partition that the topic does not have yet: it has `partitions`, numbered from 0. */
  | (Waiting & {
      readonly _tag: 'waiting for partition'
      readonly topic: string
      readonly partition: number
      readonly partitions: number
    })
  /** `buffer.memory` (`bytes`) is used up, and no record was confirmed or failed for ten seconds or more. */
  | (Waiting & { readonly _tag: 'waiting for memory'; readonly bytes: number })
  /**
   * A broker throttles; emitted when that begins, every ten seconds while it continues, and when the broker requests
   * longer.
   */
  | Throttled
  /**
   * A broker does not accept the records of a partition for now (`fault`): its disk has failed, replicas are missing.
   * They are retried for `atMostMs` (`delivery.timeout.ms`). A partition that has only changed its leader is reported
   * after two seconds.
   */
  | (TopicPartition & { readonly _tag: 'retrying'; readonly fault: Fault; readonly atMostMs: number })
  /** The broker that records are written to cannot be reached; they are retried for `delivery.timeout.ms`. */
  | { readonly _tag: 'reconnecting'; readonly broker: string; readonly fault: Fault }
  /**
   * The topic was deleted and created again, and is a different topic: what was written before is gone. Records that
   * are not confirmed yet, and later ones, are written to the new one, which begins at offset 0. Noticed when a batch is
   * refused by the former id (Kafka 4.1 and later), otherwise with the next metadata (`metadata.max.age.ms`).
   */
  | { readonly _tag: 'recreated'; readonly topic: string }
  /**
   * Records have not been confirmed for ten seconds or more; the partition is the one that has waited longest. They are
   * retried for `atMostMs` (`delivery.timeout.ms`), then they fail.
   */
  | (TopicPartition & { readonly _tag: 'late'; readonly forMs: number; readonly atMostMs: number })
  /**
   * The producer is closed, and the results of this many calls of `send` and `sendAll` were neither awaited nor subscribed
   * to: their records were never written.
   */
  | { readonly _tag: 'not sent'; readonly calls: number }
  /** A wait that this event's tag reported has ended; `what` is its topic, its partition or its broker. */
  | {
      readonly _tag: 'recovered'
      readonly from: ProducerWait
      readonly what: string
      readonly afterMs: number
    }

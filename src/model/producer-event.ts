import type { Fault } from './fault.js'
import type { Throttled } from './throttled.js'
import type { TopicPartition } from './topic-partition.js'

/** How long records have waited, and at most will. */
interface Waiting {
  readonly forMs: number
  /** `max.block.ms`: then they fail */
  readonly atMostMs: number
}

/**
 * What a producer has to say besides what became of each record. A wait is told of when it begins, every ten seconds, and when it
 * is over. Nothing is ever printed by the library.
 */
export type ProducerEvent =
  /** Records wait for a topic that does not exist yet, or of which the cluster tells nothing (`fault`); asked again in `inMs`. */
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
  /** `buffer.memory` (`bytes`) is used up, and nothing was confirmed or given up for ten seconds or more. */
  | (Waiting & { readonly _tag: 'waiting for memory'; readonly bytes: number })
  /** A broker wants to be left alone; told as it begins, every ten seconds while it goes on, and when it wants longer. */
  | Throttled
  /**
   * A broker does not take the records of a partition for now (`fault`): its disk has failed, replicas are missing. They are sent
   * again for `atMostMs` (`delivery.timeout.ms`). A partition that only has another leader is told of after two seconds.
   */
  | (TopicPartition & { readonly _tag: 'retrying'; readonly fault: Fault; readonly atMostMs: number })
  /** A broker that records are written to cannot be reached; they are sent again for `delivery.timeout.ms`. */
  | { readonly _tag: 'reconnecting'; readonly broker: string; readonly fault: Fault }
  /**
   * Records are not confirmed for ten seconds or more, these of the partition that has waited longest; for `atMostMs`
   * (`delivery.timeout.ms`) they are tried, then they fail.
   */
  | (TopicPartition & { readonly _tag: 'late'; readonly forMs: number; readonly atMostMs: number })
  /** What an event of this tag told of is over; `what` is its topic, its partition or its broker. */
  | {
      readonly _tag: 'recovered'
      readonly from:
        | 'waiting for topic'
        | 'waiting for partition'
        | 'waiting for memory'
        | 'reconnecting'
        | 'retrying'
        | 'late'
        | 'throttled'
      readonly what: string
      readonly afterMs: number
    }

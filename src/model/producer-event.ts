import type { Fault } from './fault.js'
import type { Throttled } from './throttled.js'

/** How long records have waited, and at most will. */
interface Waiting {
  readonly forMs: number
  /** `max.block.ms`: then they fail */
  readonly atMostMs: number
}

/**
 * What a producer has to say besides what became of each record. A wait is told of when it begins and every ten seconds; that
 * it is over is told by what becomes of the records. Nothing is ever printed by the library.
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

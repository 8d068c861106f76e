import type { ConsumerEvent } from '../../model/consumer-event.js'
import type { Fault } from '../../model/fault.js'
import type { RecordRun } from '../../model/record-run.js'
import type { TopicPartition } from '../../model/topic-partition.js'
import type { Checksum } from '../records/crc32c.js'
import type { Decompress } from '../records/decompress.js'
import type { CurrentLeader, EpochQuery, FetchRequest } from './fetch-messages.js'

/** Records of one partition, from one fetch. */
export interface FetchedRecords {
  readonly run: RecordRun
  /** as passed to `fetchFrom`; the consumer drops records with an older cursor */
  readonly cursor: number
  readonly highWatermark: bigint
  /** equal to the high watermark if there are no transactions */
  readonly lastStableOffset: bigint
  readonly logStart: bigint
}

/** What fetching waits for: the time of the next request, the end of a broker's backoff, the watchdog's next round. */
export type FetchTimer = 'wake' | 'watchdog' | `broker ${string}`

/** The effects of fetching, in this order. */
export type FetchEffect =
  /** Send the request to the broker, and pass the answer to `answered` with this id. */
  | { readonly _tag: 'fetch'; readonly id: number; readonly node: number; readonly request: FetchRequest }
  /** Send OffsetForLeaderEpoch to the leader, and pass the answer to `checked` with this id. */
  | {
      readonly _tag: 'check epochs'
      readonly id: number
      readonly node: number
      readonly queries: readonly EpochQuery[]
    }
  /** The answer to this fetch is no longer needed. */
  | { readonly _tag: 'abandon'; readonly id: number }
  /** Call `next`: what to send depends on what the consumer holds then. */
  | { readonly _tag: 'next' }
  /** Call `next` on a later turn. */
  | { readonly _tag: 'next turn' }
  /** Arming a timer replaces its former deadline. */
  | { readonly _tag: 'arm'; readonly timer: FetchTimer; readonly inMs: number }
  | { readonly _tag: 'records'; readonly fetched: FetchedRecords }
  | {
      readonly _tag: 'out of range'
      readonly partition: TopicPartition
      readonly cursor: number
      readonly offset: bigint
    }
  | {
      readonly _tag: 'truncated'
      readonly partition: TopicPartition
      readonly cursor: number
      readonly endOffset: bigint | null
    }
  | { readonly _tag: 'recreated'; readonly partition: TopicPartition }
  | { readonly _tag: 'refused'; readonly partition: TopicPartition; readonly cursor: number; readonly fault: Fault }
  | { readonly _tag: 'event'; readonly event: ConsumerEvent }
  | { readonly _tag: 'refresh metadata' }
  | { readonly _tag: 'fatal'; readonly fault: Fault }

/** Records an effect, to be performed once the call is over. */
export type Emit = (effect: FetchEffect) => void

/** The cluster's metadata about partitions. */
export interface Leaders {
  /** node id, or null while there is no leader */
  leaderOf(partition: TopicPartition): number | null
  leaderEpochOf(partition: TopicPartition): number
  idOf(topic: string): string | null
  whyNoLeader(partition: TopicPartition): Fault
  /** Learns the leader from the answer of a broker that is not the leader; false if that is not newer than what is known. */
  learnLeader(partition: TopicPartition, leader: CurrentLeader): boolean
  /** Whether the user names the topic: it does not only match a pattern. */
  isNamed(topic: string): boolean
}

export interface FetchingOptions {
  readonly fetchMaxBytes: number
  readonly fetchMinBytes: number
  readonly fetchMaxWaitMs: number
  readonly maxPartitionFetchBytes: number
  readonly maxDecompressedBytes: number
  readonly isolation: 'read_uncommitted' | 'read_committed'
  readonly clientRack: string
  readonly checkCrcs: boolean
  readonly metadataMaxAgeMs: number
  readonly requestTimeoutMs: number
  readonly sessionTimeoutMs: number
  readonly retryBackoffMs: number
  readonly retryBackoffMaxMs: number
  /** 0 to 1, for jitter */
  readonly random: () => number
  readonly decompress: Decompress
  readonly checksum: Checksum
}

import type { Either } from 'fp-ts/lib/Either.js'
import type { AcknowledgementEvent } from '../../model/acknowledgement-event.js'
import type { ConsumerEvent } from '../../model/consumer-event.js'
import type { Fault } from '../../model/fault.js'
import type { TopicPartition } from '../../model/topic-partition.js'
import type { CurrentLeader } from '../fetching/fetch-messages.js'
import type { AcquiredBatch, AcquiredPartition } from './acquired-batch.js'
import type {
  AcquireMode,
  ShareAcknowledgeRequest,
  ShareAcknowledgeResponse,
  ShareFetchRequest,
  ShareFetchResponse
} from './share-messages.js'

/** A partition that the group has assigned to the member, and the broker that leads it. */
export interface LocatedPartition extends AcquiredPartition {
  /** node ID; null while unknown */
  readonly leader: number | null
}

/** Why locks were lost: the fate of these records is unknown. */
export type LockLoss =
  /** The locks expired before the records were acknowledged. */
  | 'expired'
  /** The broker has ended the share session, or the connection to it broke. */
  | 'session over'
  /** Another broker leads the partition now. */
  | 'leader moved'
  /** The group has removed the member. */
  | 'member lost'

/** The records of one partition that an answer has acquired. */
export interface AcquiredRecords extends TopicPartition {
  readonly batches: readonly AcquiredBatch[]
  /** record batches that contain them, and possibly other records */
  readonly bytes: Uint8Array
}

export type ShareAnswer =
  | { readonly _tag: 'fetch'; readonly answer: Either<Fault, ShareFetchResponse> }
  | { readonly _tag: 'acknowledge'; readonly answer: Either<Fault, ShareAcknowledgeResponse> }

/** The effects of the machine, which the driver performs in their order. */
export type ShareEffect =
  | { readonly _tag: 'fetch'; readonly node: number; readonly attempt: number; readonly request: ShareFetchRequest }
  | {
      readonly _tag: 'acknowledge'
      readonly node: number
      readonly attempt: number
      readonly request: ShareAcknowledgeRequest
    }
  | { readonly _tag: 'acquired'; readonly records: AcquiredRecords }
  | { readonly _tag: 'acknowledged'; readonly event: AcknowledgementEvent }
  /** Handling these records has become pointless. */
  | { readonly _tag: 'locks lost'; readonly batch: AcquiredBatch; readonly records: number; readonly reason: LockLoss }
  /** A broker named the leader of a partition. */
  | { readonly _tag: 'leader named'; readonly partition: TopicPartition; readonly leader: CurrentLeader }
  | { readonly _tag: 'refresh metadata' }
  /** Call `tick` after this time, which replaces an earlier one. null: never */
  | { readonly _tag: 'wake'; readonly inMs: number | null }
  | { readonly _tag: 'event'; readonly event: ConsumerEvent }
  /** All sessions are closed. */
  | { readonly _tag: 'closed' }
  | { readonly _tag: 'fatal'; readonly fault: Fault }

export interface ShareFetchingOptions {
  readonly groupId: string
  /** records that may be acquired and not acknowledged */
  readonly maxInFlight: number
  readonly maxPollRecords: number
  readonly acquireMode: AcquireMode
  readonly fetchMaxWaitMs: number
  readonly fetchMinBytes: number
  readonly fetchMaxBytes: number
  /** how long after its delivery a record's lock is renewed */
  readonly renewForMs: number
  readonly retryBackoffMs: number
  readonly retryBackoffMaxMs: number
  readonly random: () => number
}

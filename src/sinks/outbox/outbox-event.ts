import type { Fault } from '../../model/fault.js'
import type { ProducerEvent } from '../../model/producer-event.js'

/** What an outbox reader reports apart from the rows that it publishes. */
export type OutboxEvent =
  /** It has the lease, and publishes from now on. */
  | { readonly _tag: 'publishing' }
  /** Another reader has the lease; it waits until that one gives it back, or does not renew it. */
  | { readonly _tag: 'standing by' }
  /** The database or the cluster fails; it is tried again in `inMs`. */
  | { readonly _tag: 'waiting'; readonly fault: Fault; readonly inMs: number }
  /** The wait that `waiting` reported has ended. */
  | { readonly _tag: 'recovered'; readonly from: 'waiting'; readonly afterMs: number }
  /** A row can never be published: `onFailure` decides what happens to it. */
  | {
      readonly _tag: 'refused'
      readonly id: string
      readonly messageId: string
      readonly topic: string
      readonly fault: Fault
    }
  /** An event of the producer, such as a topic that does not exist yet. One with a `transactional.id` has none. */
  | { readonly _tag: 'producer'; readonly event: ProducerEvent }

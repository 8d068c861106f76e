import { groupedBy } from '../protocol/grouped-by.js'
import { idKeyOf } from '../group/consumer-protocol/topic-id-partition.js'
import type { AcquiredBatch } from './acquired-batch.js'
import { FetchPace } from './fetch-pace.js'
import { RefusedAcknowledgements, type TakenAcknowledgements } from './refused-acknowledgements.js'
import { type PartitionAcknowledgements, ShareSessionHandler } from './share-session-handler.js'

/** The request in flight to a broker. There is at most one, since the session's epoch orders requests. */
export interface RequestInFlight {
  readonly attempt: number
  readonly kind: 'fetch' | 'acknowledge' | 'renew' | 'close'
  readonly sentAt: number
  /** the batches whose acknowledgements or renewals it contains */
  readonly batches: readonly AcquiredBatch[]
}

/** The state of a member with one broker: the share session, and the locks that the broker has granted. */
export class ShareNode {
  readonly id: number
  readonly session = new ShareSessionHandler()
  readonly batches = new Set<AcquiredBatch>()
  readonly pace = new FetchPace()
  readonly refused = new RefusedAcknowledgements()
  /** Batches whose renewals were refused together with others: each is renewed in its own request. */
  readonly renewedAlone = new Set<AcquiredBatch>()
  inFlight: RequestInFlight | null = null
  failures = 0
  /** how many times in a row the broker could not store acknowledgements */
  unstored = 0
  /** no request before this time */
  notBefore = 0
  /** since when acknowledgements wait to be sent; null if none waits */
  pendingSince: number | null = null
  isClosed = false

  constructor(id: number) {
    this.id = id
  }

  /** records without an acknowledgement */
  get locked(): number {
    let all = 0
    for (const { locked } of this.batches) all += locked
    return all
  }

  /** acknowledgements to send */
  get pending(): number {
    let all = 0
    for (const { pending } of this.batches) all += pending
    return all
  }

  /** Takes acknowledgements for a request. If a partition has refused ones, its others wait until these are sent. */
  take(): TakenAcknowledgements {
    this.pendingSince = null
    const again = this.refused.take()
    const unsent = [...this.batches].filter((batch) => batch.unsent > 0 && !this.refused.has(idKeyOf(batch.place)))
    return {
      batches: [...again.batches, ...unsent],
      acknowledged: [...again.acknowledged, ...byPartition(unsent, (batch) => batch.take())]
    }
  }

  /** The batches to renew in the next request: all of a partition, or one if they were refused together. */
  takeForRenewal(due: readonly AcquiredBatch[]): readonly AcquiredBatch[] {
    return [...groupedBy(due, ({ place }) => idKeyOf(place)).values()].flatMap((those) => {
      const together = those.filter((batch) => !this.renewedAlone.has(batch))
      return together.length > 0 ? together : those.slice(0, 1)
    })
  }

  /** Forgets batches that are done. */
  sweep(): void {
    this.refused.sweep()
    for (const batch of this.batches) {
      if (!batch.isDone) continue
      this.batches.delete(batch)
      this.renewedAlone.delete(batch)
    }
  }

  /** The broker has released all locks. */
  clear(): void {
    this.inFlight = null
    this.pendingSince = null
    this.batches.clear()
    this.refused.clear()
    this.renewedAlone.clear()
    this.session.reset()
  }
}

/**
 * Groups acknowledgements: in one request a partition has one list of them, in the order of its offsets. A broker refuses all of
 * another list (INVALID_REQUEST). Batches may lie within each other: a released record comes back in a batch of its own.
 */
export const byPartition = (
  batches: readonly AcquiredBatch[],
  batchesOf: (batch: AcquiredBatch) => PartitionAcknowledgements['batches']
): readonly PartitionAcknowledgements[] =>
  [...groupedBy(batches, ({ place }) => idKeyOf(place)).values()].flatMap((those) => {
    const [first] = those
    if (first === undefined) return []
    const inOrder = those.flatMap(batchesOf).sort((a, b) => (a.firstOffset < b.firstOffset ? -1 : 1))
    const { topicId, partition } = first.place
    return inOrder.length === 0 ? [] : [{ topicId, partition, batches: inOrder }]
  })

import { groupedBy } from '../protocol/grouped-by.js'
import { idKeyOf } from '../group/consumer-protocol/topic-id-partition.js'
import type { AcquiredBatch } from './acquired-batch.js'
import { type PartitionAcknowledgements, ShareSession } from './share-session.js'

/** The request in flight to a broker: there is never more than one, since the session's epoch orders them. */
export interface RequestInFlight {
  readonly attempt: number
  readonly kind: 'fetch' | 'acknowledge' | 'renew' | 'close'
  readonly sentAt: number
  /** the batches with acknowledgements, or renewals, in it */
  readonly batches: readonly AcquiredBatch[]
}

/** What a member has to do with one broker: its share session, and the locks that the broker has given. */
export class ShareNode {
  readonly id: number
  readonly session = new ShareSession()
  readonly batches = new Set<AcquiredBatch>()
  inFlight: RequestInFlight | null = null
  failures = 0
  /** no request before that time */
  notBefore = 0
  /** since when acknowledgements wait to be sent; null if none does */
  pendingSince: number | null = null
  isClosed = false

  constructor(id: number) {
    this.id = id
  }

  /** records that are not acknowledged */
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

  /** Takes the pending acknowledgements out for a request. */
  take(): { readonly batches: readonly AcquiredBatch[]; readonly acknowledged: readonly PartitionAcknowledgements[] } {
    this.pendingSince = null
    const batches = [...this.batches].filter(({ pending }) => pending > 0)
    return { batches, acknowledged: byPartition(batches, (batch) => batch.take()) }
  }

  /** Forgets batches that nothing is left of. */
  sweep(): void {
    for (const batch of this.batches) if (batch.isDone) this.batches.delete(batch)
  }
}

/** In one request a partition has one list of acknowledgements, in the order of its offsets. */
export const byPartition = (
  batches: readonly AcquiredBatch[],
  batchesOf: (batch: AcquiredBatch) => PartitionAcknowledgements['batches']
): readonly PartitionAcknowledgements[] =>
  [...groupedBy(batches, ({ place }) => idKeyOf(place)).values()].flatMap((those) => {
    const [first] = those
    if (first === undefined) return []
    const inOrder = those.toSorted((a, b) => (a.first < b.first ? -1 : 1)).flatMap(batchesOf)
    const { topicId, partition } = first.place
    return inOrder.length === 0 ? [] : [{ topicId, partition, batches: inOrder }]
  })

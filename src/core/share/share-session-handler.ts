import { idKeyOf, type TopicIdPartition } from '../group/consumer-protocol/topic-id-partition.js'
import { type AcknowledgementBatch, type ListedSharePartition, sessionEpoch } from './share-messages.js'

const lastEpoch = 2 ** 31 - 1

/** The acknowledgements for one partition. */
export interface PartitionAcknowledgements extends TopicIdPartition {
  readonly batches: readonly AcknowledgementBatch[]
}

/** The part of a ShareFetch that continues its session. */
export interface SessionFetch {
  readonly sessionEpoch: number
  readonly partitions: readonly ListedSharePartition[]
  readonly forgotten: readonly TopicIdPartition[]
}

/**
 * The share session of a member with one broker, like `ShareSessionHandler` of Java's client. The broker remembers the
 * partitions: a request lists only new ones, and those with acknowledgements. Each answered request increases the epoch.
 */
export class ShareSessionHandler {
  private epoch: number = sessionEpoch.open
  /** what the broker remembers once the request in flight is answered */
  private known = new Map<string, TopicIdPartition>()

  /** Only an open session takes acknowledgements. */
  get isOpen(): boolean {
    return this.epoch !== sessionEpoch.open
  }

  /** Fetches these partitions, and sends acknowledgements. */
  fetch(partitions: readonly TopicIdPartition[], acknowledged: readonly PartitionAcknowledgements[]): SessionFetch {
    const wantedKeys = new Set(partitions.map(idKeyOf))
    const listed = new Map<string, ListedSharePartition>()
    for (const { topicId, partition } of partitions) {
      const key = idKeyOf({ topicId, partition })
      if (!this.known.has(key)) listed.set(key, { topicId, partition, acknowledgements: [] })
    }
    const forgotten = [...this.known].filter(([key]) => !wantedKeys.has(key)).map(([, place]) => place)
    for (const { topicId, partition, batches } of acknowledged) {
      const key = idKeyOf({ topicId, partition })
      listed.set(key, { topicId, partition, acknowledgements: batches })
      // Otherwise the broker would fetch it with every further request.
      if (!wantedKeys.has(key) && !this.known.has(key)) forgotten.push({ topicId, partition })
    }
    this.known = new Map(
      partitions.map(({ topicId, partition }) => [idKeyOf({ topicId, partition }), { topicId, partition }])
    )
    return { sessionEpoch: this.epoch, partitions: [...listed.values()], forgotten }
  }

  /** Sends acknowledgements only: the partitions of the session stay as they are. */
  acknowledge(acknowledged: readonly PartitionAcknowledgements[]): Pick<SessionFetch, 'sessionEpoch' | 'partitions'> {
    return {
      sessionEpoch: this.epoch,
      partitions: acknowledged.map(({ topicId, partition, batches }) => ({
        topicId,
        partition,
        acknowledgements: batches
      }))
    }
  }

  /** The broker has served the request. */
  answered(): void {
    this.epoch = this.epoch === lastEpoch ? 1 : this.epoch + 1
  }

  /** The broker does not have the session any more: the next request opens another. */
  reset(): void {
    this.epoch = sessionEpoch.open
    this.known = new Map()
  }
}

import type { AcquiredBatch } from './acquired-batch.js'
import type { PartitionAcknowledgements } from './share-session-handler.js'

/** After this many refusals acknowledgements are not divided further. */
const mostRefusals = 64

/** Refused acknowledgements from `from` up to `to`, which are sent again together. */
interface Part {
  readonly batch: AcquiredBatch
  readonly from: number
  readonly to: number
}

/** What one broker has refused for a partition, in the order in which it is sent again. */
interface Refused {
  readonly parts: Part[]
  refusals: number
  /** the batch of the part that was sent last */
  last: AcquiredBatch | null
}

/** Acknowledgements for a request, and their batches. */
export interface TakenAcknowledgements {
  readonly batches: readonly AcquiredBatch[]
  readonly acknowledged: readonly PartitionAcknowledgements[]
}

/**
 * Acknowledgements that a broker refused together. Kafka's `SharePartition` applies all acknowledgements that a request has for
 * a partition, or none: one record with an expired lock makes it refuse the others. So these are sent again in parts, one part
 * of a partition in a request. A refused part is halved, until the record is found.
 */
export class RefusedAcknowledgements {
  private readonly partitions = new Map<string, Refused>()

  /** Whether the partition has refused acknowledgements. Its other ones wait, so that a refusal has one cause. */
  has(key: string): boolean {
    return this.partitions.has(key)
  }

  get isEmpty(): boolean {
    return this.partitions.size === 0
  }

  /** Returns false if these records are known to cause the refusal: nothing is sent again. */
  refused(key: string, batches: readonly AcquiredBatch[]): boolean {
    const known = this.partitions.get(key) ?? { parts: [], refusals: 0, last: null }
    const parts = divided(batches)
    if (parts.length < 2 || known.refusals >= mostRefusals) return false
    known.refusals++
    known.parts.unshift(...parts)
    this.partitions.set(key, known)
    return true
  }

  /** Takes the next part of each partition. */
  take(): TakenAcknowledgements {
    const taken = [...this.partitions.values()].flatMap((known) => {
      const { parts } = known
      for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
        const { batch, from, to } = part
        const batches = batch.takeRefused(from, to)
        // The batch's locks may have expired meanwhile.
        if (batches.length === 0) continue
        known.last = batch
        return [{ batch, batches }]
      }
      return []
    })
    return {
      batches: taken.map(({ batch }) => batch),
      acknowledged: taken.map(({ batch: { place }, batches }) => ({
        topicId: place.topicId,
        partition: place.partition,
        batches
      }))
    }
  }

  /** Forgets partitions that have nothing to send again and nothing in flight. */
  sweep(): void {
    for (const [key, { parts, last }] of this.partitions)
      if ((last?.sent ?? 0) === 0 && parts.every(({ batch }) => batch.pending === batch.unsent))
        this.partitions.delete(key)
  }

  clear(): void {
    this.partitions.clear()
  }
}

/** Divides by batch first, since records of different batches were locked at different times. A single batch is halved. */
const divided = (batches: readonly AcquiredBatch[]): readonly Part[] => {
  const those = batches.flatMap((batch) => {
    const records = batch.sentRecords()
    return records.length === 0 ? [] : [{ batch, records }]
  })
  const [first, second] = those
  if (first === undefined) return []
  if (second !== undefined) return those.map(({ batch }) => ({ batch, from: 0, to: batch.count }))
  const { batch, records } = first
  const middle = records[Math.ceil(records.length / 2)]
  return middle === undefined
    ? []
    : [
        { batch, from: 0, to: middle },
        { batch, from: middle, to: (records.at(-1) ?? middle) + 1 }
      ]
}

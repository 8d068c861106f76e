import { groupedBy } from '../../../core/protocol/grouped-by.js'
import type { FateOfOffsets, PartitionFates, ShareDrainReport } from '../../../model/share-drain-report.js'
import { partitionKey } from '../../../model/topic-partition.js'
import type { AcquiredBatch } from '../../../ports/share-session.js'

/** The fates of these batches' records, by partition. */
export const fatesOf = (batches: Iterable<AcquiredBatch>): ShareDrainReport['partitions'] =>
  [...groupedBy(batches, ({ place }) => partitionKey(place.topic, place.partition)).values()].flatMap(
    (those): readonly PartitionFates[] => {
      const [first] = those
      if (first === undefined) return []
      const fates = those.flatMap((batch) => batch.fates()).sort((a, b) => (a.first < b.first ? -1 : 1))
      const count = (of: FateOfOffsets['fate']): number =>
        fates.reduce((sum, { fate, first: from, last }) => (fate === of ? sum + Number(last - from) + 1 : sum), 0)
      const { topic, partition } = first.place
      return [
        {
          topic,
          partition,
          accepted: count('accept'),
          released: count('release'),
          rejected: count('reject'),
          lost: count('lost'),
          fates
        }
      ]
    }
  )

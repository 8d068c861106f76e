import type { EpochEnd, EpochQuery } from '../../../ports/kafka-calls.js'
import type { Api } from './api.js'

/** Version 3: the leader's epoch is checked; the newest that is not flexible. */
export const offsetForLeaderEpochV3: Api<readonly EpochQuery[], readonly EpochEnd[]> = {
  name: 'OffsetForLeaderEpoch',
  key: 23,
  version: 3,
  write: (writer, partitions) => {
    writer.int32(-1)
    writer.byTopic(partitions, ({ partition, currentLeaderEpoch, leaderEpoch }) =>
      writer.int32(partition).int32(currentLeaderEpoch).int32(leaderEpoch)
    )
  },
  read: (reader) => ({
    throttleMs: reader.int32(),
    value: reader.byTopic((topic) => {
      const code = reader.int16()
      return { topic, code, partition: reader.int32(), leaderEpoch: reader.int32(), endOffset: reader.int64() }
    })
  })
}

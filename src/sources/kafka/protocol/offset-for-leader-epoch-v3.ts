import type { EpochEnd, EpochQuery } from '../../../ports/kafka-calls.js'
import { type Api, byTopic } from './api.js'

/** Version 3: the leader's epoch is checked; the newest that is not flexible. */
export const offsetForLeaderEpochV3: Api<readonly EpochQuery[], readonly EpochEnd[]> = {
  name: 'OffsetForLeaderEpoch',
  key: 23,
  version: 3,
  write: (writer, partitions) => {
    writer.int32(-1)
    writer.array(byTopic(partitions), ([topic, of]) =>
      writer
        .string(topic)
        .array(of, ({ partition, currentLeaderEpoch, leaderEpoch }) =>
          writer.int32(partition).int32(currentLeaderEpoch).int32(leaderEpoch)
        )
    )
  },
  read: (reader) => {
    const throttleMs = reader.int32()
    const topics = reader.array(() => {
      const topic = reader.string()
      return reader.array(() => {
        const code = reader.int16()
        return { topic, code, partition: reader.int32(), leaderEpoch: reader.int32(), endOffset: reader.int64() }
      })
    })
    return { throttleMs, value: topics.flat() }
  }
}

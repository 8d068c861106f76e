import type { TopicPartition } from '../../../model/topic-partition.js'
import type { ListedOffset, ListOffsetsRequest, OffsetCommitRequest, OffsetFetchResponse, PartitionCode } from '../../../ports/kafka-calls.js' // prettier-ignore
import type { Api } from './api.js'

/** Version 7: leader epochs and static members. */
export const offsetCommitV7: Api<OffsetCommitRequest, readonly PartitionCode[]> = {
  name: 'OffsetCommit',
  key: 8,
  version: 7,
  write: (writer, { groupId, generation, memberId, groupInstanceId, offsets }) => {
    writer.string(groupId).int32(generation).string(memberId).nullableString(groupInstanceId)
    writer.byTopic(offsets, ({ partition, offset, leaderEpoch, metadata }) =>
      writer.int32(partition).int64(offset).int32(leaderEpoch).string(metadata)
    )
  },
  read: (reader) => ({
    throttleMs: reader.int32(),
    value: reader.byTopic((topic) => ({ topic, partition: reader.int32(), code: reader.int16() }))
  })
}

/**
 * Version 7 asks for stable offsets: while a transaction that commits offsets is open the answer is 88 for the partition,
 * where older versions answer with no offset at all, as if there had never been one (seen on Kafka 4.1). It is flexible.
 */
export const offsetFetchV7: Api<
  { readonly groupId: string; readonly partitions: readonly TopicPartition[] },
  OffsetFetchResponse
> = {
  name: 'OffsetFetch',
  key: 9,
  version: 7,
  write: (writer, { groupId, partitions }) => {
    // The tags of a flexible request's header.
    writer.noTags().compactString(groupId)
    writer.compactByTopic(partitions, ({ partition }) => writer.int32(partition))
    writer.boolean(true).noTags()
  },
  read: (reader) => {
    reader.skipTags()
    const throttleMs = reader.int32()
    const offsets = reader.compactByTopic((topic) => ({
      topic,
      partition: reader.int32(),
      offset: reader.int64(),
      leaderEpoch: reader.int32(),
      metadata: reader.compactNullableString() ?? '',
      code: reader.int16()
    }))
    return { throttleMs, value: { offsets, code: reader.int16() } }
  }
}

/** Version 5: the leader's epoch is checked and told. */
export const listOffsetsV5: Api<ListOffsetsRequest, readonly ListedOffset[]> = {
  name: 'ListOffsets',
  key: 2,
  version: 5,
  write: (writer, { isolation, partitions }) => {
    writer.int32(-1).int8(isolation === 'read_committed' ? 1 : 0)
    writer.byTopic(partitions, ({ partition, leaderEpoch, timestamp }) =>
      writer.int32(partition).int32(leaderEpoch).int64(BigInt(timestamp))
    )
  },
  read: (reader) => ({
    throttleMs: reader.int32(),
    value: reader.byTopic((topic) => {
      const partition = reader.int32()
      const code = reader.int16()
      reader.int64()
      return { topic, partition, code, offset: reader.int64(), leaderEpoch: reader.int32() }
    })
  })
}

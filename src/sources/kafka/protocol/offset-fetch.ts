import { groupedBy } from '../../../core/protocol/grouped-by.js'
import type { TopicPartition } from '../../../model/topic-partition.js'
import type { OffsetFetchResponse } from '../../../ports/kafka-calls.js'
import { describedApi } from './described-api.js'
import { array, bool, int16, int32, int32s, int64, nullable, string } from './message.js'

/**
 * Version 7 is the first that asks for stable offsets: while a transaction that commits offsets is open the answer is 88 for
 * the partition, where older versions answer with no offset at all, as if there had never been one (seen on Kafka 4.1). From
 * version 8 on several groups can be asked for (KIP-709).
 */
export const offsetFetch = describedApi({
  name: 'OffsetFetch',
  key: 9,
  versions: '7-9',
  flexibleFrom: 6,
  request: {
    groupId: string('0-7'),
    topics: nullable(array('0-7', { name: string('0-7'), partitionIndexes: int32s('0-7') })),
    groups: array('8+', {
      groupId: string('8+'),
      memberId: nullable(string('9+')),
      memberEpoch: int32('9+', -1),
      topics: nullable(array('8+', { name: string('8-9'), partitionIndexes: int32s('8+') }))
    }),
    requireStable: bool('7+')
  },
  response: {
    throttleTimeMs: int32('3+'),
    topics: array('0-7', {
      name: string('0-7'),
      partitions: array('0-7', {
        partitionIndex: int32('0-7'),
        committedOffset: int64('0-7'),
        committedLeaderEpoch: int32('5-7', -1),
        metadata: nullable(string('0-7')),
        errorCode: int16('0-7')
      })
    }),
    errorCode: int16('2-7'),
    groups: array('8+', {
      groupId: string('8+'),
      topics: array('8+', {
        name: string('8-9'),
        partitions: array('8+', {
          partitionIndex: int32('8+'),
          committedOffset: int64('8+'),
          committedLeaderEpoch: int32('8+', -1),
          metadata: nullable(string('8+')),
          errorCode: int16('8+')
        })
      }),
      errorCode: int16('8+')
    })
  },
  toMessage: ({
    groupId,
    partitions
  }: {
    readonly groupId: string
    readonly partitions: readonly TopicPartition[]
  }) => {
    const topics = [...groupedBy(partitions, ({ topic }) => topic)].map(([name, those]) => ({
      name,
      partitionIndexes: those.map(({ partition }) => partition)
    }))
    return { groupId, topics, groups: [{ groupId, memberId: null, memberEpoch: -1, topics }], requireStable: true }
  },
  fromMessage: (answer): OffsetFetchResponse => {
    const { errorCode, topics } = answer.groups[0] ?? answer
    const offsets = topics.flatMap(({ name, partitions }) =>
      partitions.map((one) => ({
        topic: name,
        partition: one.partitionIndex,
        offset: one.committedOffset,
        leaderEpoch: one.committedLeaderEpoch,
        metadata: one.metadata ?? '',
        code: one.errorCode
      }))
    )
    return { code: errorCode, offsets }
  }
})

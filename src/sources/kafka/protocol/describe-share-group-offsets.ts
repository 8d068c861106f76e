import type { ErrorCode } from '../../../ports/kafka-calls.js'
import { describedApi } from './described-api.js'
import { array, int16, int32, int32s, int64, nullable, string, uuid } from './message.js'

/** The start offset of a share group in a partition. */
export interface DescribedShareOffsets {
  readonly code: ErrorCode
  readonly message: string | null
  readonly partitions: readonly {
    readonly topic: string
    readonly partition: number
    readonly code: ErrorCode
    /** below 0 before the first fetch */
    readonly start: bigint
    /** below 0 if the broker does not know it */
    readonly lag: bigint
  }[]
}

/** The offsets of all partitions of one share group (KIP-932), from version 1 on with the lag (KIP-1226). */
export const describeShareGroupOffsets = describedApi({
  name: 'DescribeShareGroupOffsets',
  key: 90,
  versions: '0-1',
  flexibleFrom: 0,
  request: {
    groups: array('0+', {
      groupId: string('0+'),
      topics: nullable(array('0+', { topicName: string('0+'), partitions: int32s('0+') }))
    })
  },
  response: {
    throttleTimeMs: int32('0+'),
    groups: array('0+', {
      groupId: string('0+'),
      topics: array('0+', {
        topicName: string('0+'),
        topicId: uuid('0+'),
        partitions: array('0+', {
          partitionIndex: int32('0+'),
          startOffset: int64('0+'),
          leaderEpoch: int32('0+'),
          lag: int64('1+', -1n),
          errorCode: int16('0+'),
          errorMessage: nullable(string('0+'))
        })
      }),
      errorCode: int16('0+'),
      errorMessage: nullable(string('0+'))
    })
  },
  toMessage: (groupId: string) => ({ groups: [{ groupId, topics: null }] }),
  fromMessage: ({ groups: [group] }): DescribedShareOffsets => ({
    code: group?.errorCode ?? 0,
    message: group?.errorMessage ?? null,
    partitions: (group?.topics ?? []).flatMap(({ topicName: topic, partitions }) =>
      partitions.map(({ partitionIndex: partition, errorCode: code, startOffset: start, lag }) => ({
        topic,
        partition,
        code,
        start,
        lag
      }))
    )
  })
})

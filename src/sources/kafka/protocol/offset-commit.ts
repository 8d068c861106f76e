import { groupedBy } from '../../../core/protocol/grouped-by.js'
import type { OffsetCommitRequest, PartitionCode } from '../../../ports/kafka-calls.js'
import { describedApi } from './described-api.js'
import { limitedTo } from './latest-usable-version.js'
import { eachInTurn, requestedPartitions } from './in-turns.js'
import { array, int16, int32, int64, nullable, string, uuid } from './message.js'
import type { Slices } from './message-codec.js'

/**
 * Version 7 is the first with leader epochs and static members. 9 has another code for a group that does not exist. 10
 * identifies topics by ID: nothing is stored for a later topic of the same name (KIP-848, Kafka 4.2).
 */
export const offsetCommit = describedApi({
  name: 'OffsetCommit',
  key: 8,
  versions: '7-10',
  flexibleFrom: 8,
  request: {
    groupId: string('0+'),
    generationIdOrMemberEpoch: int32('1+', -1),
    memberId: string('1+'),
    groupInstanceId: nullable(string('7+')),
    topics: array('0+', {
      name: string('0-9'),
      topicId: uuid('10+'),
      partitions: array('0+', {
        partitionIndex: int32('0+'),
        committedOffset: int64('0+'),
        committedLeaderEpoch: int32('6+', -1),
        committedMetadata: nullable(string('0+'))
      })
    })
  },
  response: {
    throttleTimeMs: int32('3+'),
    topics: array('0+', {
      name: string('0-9'),
      topicId: uuid('10+'),
      partitions: array('0+', { partitionIndex: int32('0+'), errorCode: int16('0+') })
    })
  },
  toMessage: ({ groupId, generation, memberId, groupInstanceId, offsets }: OffsetCommitRequest) => ({
    groupId,
    generationIdOrMemberEpoch: generation,
    memberId,
    groupInstanceId,
    topics: [...groupedBy(offsets, ({ topic }) => topic)].map(([name, those]) => ({
      name,
      topicId: those[0]?.topicId ?? null,
      partitions: those.map(committed)
    }))
  }),
  fromLists: function* ({ topics }, { offsets }): Slices<readonly PartitionCode[]> {
    const names = new Map(offsets.map(({ topicId, topic }) => [topicId, topic]))
    const named = yield* eachInTurn(topics, ({ name, topicId, partitions }) => ({
      name: topicId === null ? name : (names.get(topicId) ?? ''),
      partitions
    }))
    return yield* requestedPartitions(named, offsets, (place, { errorCode: code }) => ({ ...place, code }))
  }
})

const byName = limitedTo(offsetCommit, { from: 0, to: 9 })

/** By topic ID only if each ID is known. */
export const offsetCommitOf = ({ offsets }: OffsetCommitRequest): typeof offsetCommit =>
  offsets.every(({ topicId = null }) => topicId !== null) ? offsetCommit : byName

/** An offset as in OffsetCommit and TxnOffsetCommit. */
export const committed = (
  one: OffsetCommitRequest['offsets'][number]
): { partitionIndex: number; committedOffset: bigint; committedLeaderEpoch: number; committedMetadata: string } => ({
  partitionIndex: one.partition,
  committedOffset: one.offset,
  committedLeaderEpoch: one.leaderEpoch,
  committedMetadata: one.metadata
})

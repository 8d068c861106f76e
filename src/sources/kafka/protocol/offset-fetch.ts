import { groupedBy } from '../../../core/protocol/grouped-by.js'
import type { GroupMember, OffsetFetchResponse, PartitionOfTopic } from '../../../ports/kafka-calls.js'
import { describedApi } from './described-api.js'
import { eachInTurn, requestedPartitions } from './in-turns.js'
import { array, bool, int16, int32, int32s, int64, nullable, string, uuid } from './message.js'
import type { Slices } from './message-codec.js'
import { limitedTo } from './latest-usable-version.js'

/** The committed offsets of a group: of these partitions, or of all. */
export interface OffsetFetchRequest {
  readonly groupId: string
  readonly partitions: readonly PartitionOfTopic[] | 'all'
  /** the member that requests, if the group checks that (version 9); omitted or null: no member */
  readonly member?: Pick<GroupMember, 'memberId' | 'generation'> | null
  /** false: ignore open transactions and return the last committed offset; default true */
  readonly requireStable?: boolean
}

/**
 * Version 7 is the first that requests stable offsets: while a transaction that commits offsets is open, the partition's code
 * is 88. Older versions then return no offset, as if there had never been one (seen on Kafka 4.1). From version 8 on a request
 * may have several groups (KIP-709). 10 identifies topics by ID: nothing is returned for another topic of the same name
 * (KIP-848, Kafka 4.2).
 */
export const offsetFetch = describedApi({
  name: 'OffsetFetch',
  key: 9,
  versions: '7-10',
  flexibleFrom: 6,
  request: {
    groupId: string('0-7'),
    topics: nullable(array('0-7', { name: string('0-7'), partitionIndexes: int32s('0-7') })),
    groups: array('8+', {
      groupId: string('8+'),
      memberId: nullable(string('9+')),
      memberEpoch: int32('9+', -1),
      topics: nullable(array('8+', { name: string('8-9'), topicId: uuid('10+'), partitionIndexes: int32s('8+') }))
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
        topicId: uuid('10+'),
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
  toMessage: ({ groupId, partitions, member = null, requireStable = true }: OffsetFetchRequest) => {
    const topics = partitions === 'all' ? null : topicsOf(partitions)
    const { memberId = null, generation: memberEpoch = -1 } = member ?? {}
    return { groupId, topics, groups: [{ groupId, memberId, memberEpoch, topics }], requireStable }
  },
  fromLists: function* (answer, { partitions }): Slices<OffsetFetchResponse> {
    const [group] = answer.groups
    const topics =
      group?.topics ??
      (yield* eachInTurn(answer.topics, ({ name, partitions: those }) => ({ name, topicId: null, partitions: those })))
    const names = new Map(partitions === 'all' ? [] : partitions.map(({ topicId = null, topic }) => [topicId, topic]))
    const named = yield* eachInTurn(topics, ({ name, topicId, partitions: those }) => ({
      name: topicId === null ? name : (names.get(topicId) ?? ''),
      partitions: those
    }))
    const offsets = yield* requestedPartitions(named, partitions, (place, one) => ({
      ...place,
      offset: one.committedOffset,
      leaderEpoch: one.committedLeaderEpoch,
      metadata: one.metadata ?? '',
      code: one.errorCode
    }))
    return { code: group?.errorCode ?? answer.errorCode, offsets }
  }
})

const topicsOf = (
  partitions: readonly PartitionOfTopic[]
): readonly {
  readonly name: string
  readonly topicId: string | null
  readonly partitionIndexes: readonly number[]
}[] =>
  [...groupedBy(partitions, ({ topic }) => topic)].map(([name, those]) => ({
    name,
    topicId: those[0]?.topicId ?? null,
    partitionIndexes: those.map(({ partition }) => partition)
  }))

const byName = limitedTo(offsetFetch, { from: 0, to: 9 })

/** By topic ID only if each ID is known. */
export const offsetFetchOf = ({ partitions }: OffsetFetchRequest): typeof offsetFetch =>
  partitions !== 'all' && partitions.every(({ topicId = null }) => topicId !== null) ? offsetFetch : byName

import type { ConsumerGroupHeartbeatResponse, ShareGroupHeartbeatRequest } from '../../../ports/kafka-calls.js'
import { describedApi } from './described-api.js'
import { array, int16, int32, int32s, nullable, string, strings, struct, uuid } from './message.js'

/**
 * The membership of a share group (KIP-932). Version 0 was early access; Kafka 4.1 removed it. Its answer is that of
 * ConsumerGroupHeartbeat.
 */
export const shareGroupHeartbeat = describedApi({
  name: 'ShareGroupHeartbeat',
  key: 76,
  versions: '1-1',
  flexibleFrom: 0,
  request: {
    groupId: string('0+'),
    memberId: string('0+'),
    memberEpoch: int32('0+'),
    rackId: nullable(string('0+')),
    subscribedTopicNames: nullable(strings('0+'))
  },
  response: {
    throttleTimeMs: int32('0+'),
    errorCode: int16('0+'),
    errorMessage: nullable(string('0+')),
    memberId: nullable(string('0+')),
    memberEpoch: int32('0+'),
    heartbeatIntervalMs: int32('0+'),
    assignment: nullable(
      struct(
        '0+',
        { topicPartitions: array('0+', { topicId: uuid('0+'), partitions: int32s('0+') }) },
        { topicPartitions: [] }
      )
    )
  },
  toMessage: ({ groupId, memberId, memberEpoch, rack, topics }: ShareGroupHeartbeatRequest) => ({
    groupId,
    memberId,
    memberEpoch,
    rackId: rack,
    subscribedTopicNames: topics
  }),
  fromMessage: (answer): ConsumerGroupHeartbeatResponse => ({
    code: answer.errorCode,
    message: answer.errorMessage,
    memberId: answer.memberId,
    memberEpoch: answer.memberEpoch,
    heartbeatIntervalMs: answer.heartbeatIntervalMs,
    assignment:
      answer.assignment?.topicPartitions.flatMap(({ topicId, partitions }) =>
        topicId === null ? [] : partitions.map((partition) => ({ topicId, partition }))
      ) ?? null
  })
})

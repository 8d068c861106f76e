import { groupedBy } from '../../../core/protocol/grouped-by.js'
import type { ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse } from '../../../ports/kafka-calls.js'
import { describedApi } from './described-api.js'
import { limitedTo } from './latest-usable-version.js'
import { array, int16, int32, int32s, nullable, string, strings, struct, uuid } from './message.js'

const partitions = array('0+', { topicId: uuid('0+'), partitions: int32s('0+') })

/**
 * The only request of the consumer group protocol (KIP-848): joins, stays, reports owned partitions, and leaves. Version 1 is
 * the first with patterns, and with member IDs that only clients generate (KIP-1082). null means unchanged since the last
 * request.
 */
export const consumerGroupHeartbeat = describedApi({
  name: 'ConsumerGroupHeartbeat',
  key: 68,
  versions: '0-1',
  flexibleFrom: 0,
  request: {
    groupId: string('0+'),
    memberId: string('0+'),
    memberEpoch: int32('0+'),
    instanceId: nullable(string('0+')),
    rackId: nullable(string('0+')),
    rebalanceTimeoutMs: int32('0+', -1),
    subscribedTopicNames: nullable(strings('0+')),
    subscribedTopicRegex: nullable(string('1+')),
    serverAssignor: nullable(string('0+')),
    topicPartitions: nullable(partitions)
  },
  response: {
    throttleTimeMs: int32('0+'),
    errorCode: int16('0+'),
    errorMessage: nullable(string('0+')),
    memberId: nullable(string('0+')),
    memberEpoch: int32('0+'),
    heartbeatIntervalMs: int32('0+'),
    assignment: nullable(struct('0+', { topicPartitions: partitions }, { topicPartitions: [] }))
  },
  toMessage: (request: ConsumerGroupHeartbeatRequest) => ({
    groupId: request.groupId,
    memberId: request.memberId,
    memberEpoch: request.memberEpoch,
    instanceId: request.groupInstanceId,
    rackId: request.rack,
    rebalanceTimeoutMs: request.rebalanceTimeoutMs ?? -1,
    subscribedTopicNames: request.topics,
    subscribedTopicRegex: request.pattern,
    serverAssignor: request.assignor,
    topicPartitions:
      request.owned === null
        ? null
        : [...groupedBy(request.owned, ({ topicId }) => topicId)].map(([topicId, those]) => ({
            topicId,
            partitions: those.map(({ partition }) => partition)
          }))
  }),
  fromMessage: (answer): ConsumerGroupHeartbeatResponse => ({
    code: answer.errorCode,
    message: answer.errorMessage,
    memberId: answer.memberId,
    memberEpoch: answer.memberEpoch,
    heartbeatIntervalMs: answer.heartbeatIntervalMs,
    assignment:
      answer.assignment?.topicPartitions.flatMap(({ topicId, partitions: those }) =>
        topicId === null ? [] : those.map((partition) => ({ topicId, partition }))
      ) ?? null
  })
})

const withPattern = limitedTo(consumerGroupHeartbeat, { from: 1, to: Infinity })

/** A pattern is always sent, so that brokers without support for it refuse the request. */
export const consumerGroupHeartbeatOf = ({ pattern }: ConsumerGroupHeartbeatRequest): typeof consumerGroupHeartbeat =>
  pattern === null ? consumerGroupHeartbeat : withPattern

import type { ShareAcknowledgeRequest, ShareAcknowledgeResponse } from '../../../ports/kafka-calls.js'
import { describedApi } from './described-api.js'
import { array, bool, int16, int32, nullable, string, uuid } from './message.js'
import type { WithEndpoints } from './named-leader.js'
import { limitedTo } from './latest-usable-version.js'
import {
  acknowledgementBatches,
  answeredPartitions,
  byTopic,
  currentLeader,
  endpointsOf,
  leaderOf,
  nodeEndpoints
} from './share-session-fields.js'

/** Acknowledges records of a share group without acquiring more (KIP-932). Version 2 can renew their locks (KIP-1222). */
export const shareAcknowledge = describedApi({
  name: 'ShareAcknowledge',
  key: 79,
  versions: '1-2',
  flexibleFrom: 0,
  request: {
    groupId: nullable(string('0+')),
    memberId: nullable(string('0+')),
    shareSessionEpoch: int32('0+'),
    isRenewAck: bool('2+'),
    topics: array('0+', {
      topicId: uuid('0+'),
      partitions: array('0+', { partitionIndex: int32('0+'), acknowledgementBatches })
    })
  },
  response: {
    throttleTimeMs: int32('0+'),
    errorCode: int16('0+'),
    errorMessage: nullable(string('0+')),
    acquisitionLockTimeoutMs: int32('2+'),
    responses: array('0+', {
      topicId: uuid('0+'),
      partitions: array('0+', {
        partitionIndex: int32('0+'),
        errorCode: int16('0+'),
        errorMessage: nullable(string('0+')),
        currentLeader
      })
    }),
    nodeEndpoints
  },
  toMessage: ({ groupId, memberId, sessionEpoch, renews, partitions }: ShareAcknowledgeRequest) => ({
    groupId,
    memberId,
    shareSessionEpoch: sessionEpoch,
    isRenewAck: renews,
    topics: byTopic(partitions)
  }),
  fromMessage: (answer): ShareAcknowledgeResponse & WithEndpoints => ({
    code: answer.errorCode,
    message: answer.errorMessage,
    lockTimeoutMs: answer.acquisitionLockTimeoutMs,
    partitions: answeredPartitions(answer.responses, (topicId, one) => ({
      topicId,
      partition: one.partitionIndex,
      code: one.errorCode,
      currentLeader: leaderOf(one.currentLeader)
    })),
    endpoints: endpointsOf(answer.nodeEndpoints)
  })
})

const renewing = limitedTo(shareAcknowledge, { from: 2, to: Infinity })

/** A renewal is always sent, so that brokers without support for it refuse the request. */
export const shareAcknowledgeOf = ({ renews }: ShareAcknowledgeRequest): typeof shareAcknowledge =>
  renews ? renewing : shareAcknowledge

import type { ShareFetchRequest, ShareFetchResponse } from '../../../ports/kafka-calls.js'
import { groupedBy } from '../../../core/protocol/grouped-by.js'
import { describedApi } from './described-api.js'
import { array, bool, bytes, int16, int32, int32s, int64, int8, nullable, string, uuid } from './message.js'
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

/**
 * Acquires records for a member of a share group, and acknowledges earlier ones (KIP-932). Version 2 can acquire exactly the
 * requested number (KIP-1206). Renewals are sent only by ShareAcknowledge: a ShareFetch that renews may not fetch.
 */
export const shareFetch = describedApi({
  name: 'ShareFetch',
  key: 78,
  versions: '1-2',
  flexibleFrom: 0,
  request: {
    groupId: nullable(string('0+')),
    memberId: nullable(string('0+')),
    shareSessionEpoch: int32('0+'),
    maxWaitMs: int32('0+'),
    minBytes: int32('0+'),
    maxBytes: int32('0+'),
    maxRecords: int32('1+'),
    batchSize: int32('1+'),
    shareAcquireMode: int8('2+'),
    isRenewAck: bool('2+'),
    topics: array('0+', {
      topicId: uuid('0+'),
      partitions: array('0+', { partitionIndex: int32('0+'), acknowledgementBatches })
    }),
    forgottenTopicsData: array('0+', { topicId: uuid('0+'), partitions: int32s('0+') })
  },
  response: {
    throttleTimeMs: int32('0+'),
    errorCode: int16('0+'),
    errorMessage: nullable(string('0+')),
    acquisitionLockTimeoutMs: int32('1+'),
    responses: array('0+', {
      topicId: uuid('0+'),
      partitions: array('0+', {
        partitionIndex: int32('0+'),
        errorCode: int16('0+'),
        errorMessage: nullable(string('0+')),
        acknowledgeErrorCode: int16('0+'),
        acknowledgeErrorMessage: nullable(string('0+')),
        currentLeader,
        records: bytes('0+'),
        acquiredRecords: array('0+', {
          firstOffset: int64('0+'),
          lastOffset: int64('0+'),
          deliveryCount: int16('0+')
        })
      })
    }),
    nodeEndpoints
  },
  toMessage: (request: ShareFetchRequest) => ({
    groupId: request.groupId,
    memberId: request.memberId,
    shareSessionEpoch: request.sessionEpoch,
    maxWaitMs: request.maxWaitMs,
    minBytes: request.minBytes,
    maxBytes: request.maxBytes,
    maxRecords: request.maxRecords,
    batchSize: request.maxRecords,
    shareAcquireMode: request.acquireMode === 'record_limit' ? 1 : 0,
    isRenewAck: false,
    topics: byTopic(request.partitions),
    forgottenTopicsData: [...groupedBy(request.forgotten, ({ topicId }) => topicId)].map(([topicId, those]) => ({
      topicId,
      partitions: those.map(({ partition }) => partition)
    }))
  }),
  fromMessage: (answer): ShareFetchResponse & WithEndpoints => ({
    code: answer.errorCode,
    message: answer.errorMessage,
    lockTimeoutMs: answer.acquisitionLockTimeoutMs,
    partitions: answeredPartitions(answer.responses, (topicId, one) => ({
      topicId,
      partition: one.partitionIndex,
      code: one.errorCode,
      acknowledgeCode: one.acknowledgeErrorCode,
      currentLeader: leaderOf(one.currentLeader),
      records: one.records,
      acquired: one.acquiredRecords
    })),
    endpoints: endpointsOf(answer.nodeEndpoints)
  })
})

const withAcquireMode = limitedTo(shareFetch, { from: 2, to: Infinity })

/** A record limit is always sent, so that brokers without support for it refuse the request. */
export const shareFetchOf = ({ acquireMode }: ShareFetchRequest): typeof shareFetch =>
  acquireMode === 'record_limit' ? withAcquireMode : shareFetch

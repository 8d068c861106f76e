import { groupedBy } from '../../../core/protocol/grouped-by.js'
import type { OffsetCommitRequest, PartitionCode, ProducerEpoch } from '../../../ports/kafka-calls.js'
import { describedApi } from './described-api.js'
import { requestedPartitions } from './in-turns.js'
import { array, int16, int32, int64, nullable, string } from './message.js'
import type { Slices } from './message-codec.js'
import { committed } from './offset-commit.js'

/**
 * Version 3 is the first with generation and member, so that a former member is refused. In version 5 the group joins the
 * transaction.
 */
export const txnOffsetCommit = describedApi({
  name: 'TxnOffsetCommit',
  key: 28,
  versions: '3-5',
  flexibleFrom: 3,
  request: {
    transactionalId: string('0+'),
    groupId: string('0+'),
    producerId: int64('0+'),
    producerEpoch: int16('0+'),
    generationId: int32('3+', -1),
    memberId: string('3+'),
    groupInstanceId: nullable(string('3+')),
    topics: array('0+', {
      name: string('0+'),
      partitions: array('0+', {
        partitionIndex: int32('0+'),
        committedOffset: int64('0+'),
        committedLeaderEpoch: int32('2+', -1),
        committedMetadata: nullable(string('0+'))
      })
    })
  },
  response: {
    throttleTimeMs: int32('0+'),
    topics: array('0+', {
      name: string('0+'),
      partitions: array('0+', { partitionIndex: int32('0+'), errorCode: int16('0+') })
    })
  },
  toMessage: (request: ProducerEpoch & OffsetCommitRequest) => ({
    transactionalId: request.transactionalId,
    groupId: request.groupId,
    producerId: request.producerId,
    producerEpoch: request.epoch,
    generationId: request.generation,
    memberId: request.memberId,
    groupInstanceId: request.groupInstanceId,
    topics: [...groupedBy(request.offsets, ({ topic }) => topic)].map(([name, those]) => ({
      name,
      partitions: those.map(committed)
    }))
  }),
  fromLists: ({ topics }, { offsets }): Slices<readonly PartitionCode[]> =>
    requestedPartitions(topics, offsets, (place, { errorCode: code }) => ({ ...place, code }))
})

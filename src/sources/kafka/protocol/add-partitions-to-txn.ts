import { groupedBy } from '../../../core/protocol/grouped-by.js'
import type { TopicPartition } from '../../../model/topic-partition.js'
import type { PartitionCode, ProducerEpoch } from '../../../ports/kafka-calls.js'
import { describedApi } from './described-api.js'
import { eachInTurn, requestedPartitions } from './in-turns.js'
import { array, int16, int32, int32s, int64, string } from './message.js'
import type { Slices } from './message-codec.js'

/** Versions from 4 on name several transactions and are for brokers only (KIP-890). */
export const addPartitionsToTxn = describedApi({
  name: 'AddPartitionsToTxn',
  key: 24,
  versions: '2-3',
  flexibleFrom: 3,
  request: {
    v3AndBelowTransactionalId: string('0-3'),
    v3AndBelowProducerId: int64('0-3'),
    v3AndBelowProducerEpoch: int16('0-3'),
    v3AndBelowTopics: array('0-3', { name: string('0+'), partitions: int32s('0+') })
  },
  response: {
    throttleTimeMs: int32('0+'),
    resultsByTopicV3AndBelow: array('0-3', {
      name: string('0+'),
      resultsByPartition: array('0+', { partitionIndex: int32('0+'), partitionErrorCode: int16('0+') })
    })
  },
  toMessage: (request: ProducerEpoch & { readonly partitions: readonly TopicPartition[] }) => ({
    v3AndBelowTransactionalId: request.transactionalId,
    v3AndBelowProducerId: request.producerId,
    v3AndBelowProducerEpoch: request.epoch,
    v3AndBelowTopics: [...groupedBy(request.partitions, ({ topic }) => topic)].map(([name, those]) => ({
      name,
      partitions: those.map(({ partition }) => partition)
    }))
  }),
  fromLists: function* ({ resultsByTopicV3AndBelow }, { partitions: requested }): Slices<readonly PartitionCode[]> {
    const topics = yield* eachInTurn(resultsByTopicV3AndBelow, ({ name, resultsByPartition: partitions }) => ({
      name,
      partitions
    }))
    return yield* requestedPartitions(topics, requested, (place, { partitionErrorCode: code }) => ({ ...place, code }))
  }
})

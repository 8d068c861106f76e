import { mapLeft } from 'fp-ts/lib/Either.js'
import { map } from 'rxjs'
import { errorCode } from '../../core/protocol/error-code.js'
import { bareAnswer } from '../../core/producing/batch-answer.js'
import { placeOf, type TopicPartition } from '../../model/topic-partition.js'
import type { PartitionCode, ProducedBatch, TransactionCalls, TransactionVersion } from '../../ports/kafka-calls.js'
import type { BrokerModel } from './broker-model.js'
import { MemoryConnection } from './memory-connection.js'
import { memoryMetadata } from './memory-metadata.js'

/** A producer's requests, including those of transactions, sent to the broker model directly. */
export const memoryProduceCalls = (model: BrokerModel): TransactionCalls => {
  const connection = new MemoryConnection(model)
  return {
    metadata: (topics) => memoryMetadata(model, connection, topics),
    produce: (_node, { transaction, batches }) =>
      connection
        .now(
          'Produce',
          (code): readonly ProducedBatch[] =>
            batches.map(({ topic, partition }) => ({ topic, partition, ...bareAnswer(code) })),
          (): readonly ProducedBatch[] =>
            batches.map(({ topic, topicId = null, partition, bytes }) => ({
              topic,
              partition,
              ...(topicId === null || topicId === model.idOf(topic)
                ? model.appendBatch({ topic, partition }, bytes, transaction)
                : bareAnswer(errorCode.UNKNOWN_TOPIC_ID))
            }))
        )
        .pipe(map(mapLeft((fault) => ({ fault, sent: true })))),
    ...transactionCalls(model, connection),
    close: () => {
      connection.close()
    }
  }
}

/** The requests of transactions. */
const transactionCalls = (
  model: BrokerModel,
  connection: MemoryConnection
): Omit<TransactionCalls, 'metadata' | 'produce' | 'close'> => {
  const { transactions } = model
  return {
    initProducerId: (request) =>
      connection.now(
        'InitProducerId',
        (code) => ({ code, producerId: -1n, epoch: -1 }),
        () => transactions.init(request)
      ),
    transactionVersion: () =>
      connection.now(
        'ApiVersions',
        (): TransactionVersion => 1,
        () => 2
      ),
    addPartitionsToTxn: ({ partitions, ...who }) =>
      connection.now('AddPartitionsToTxn', allOf(partitions), () => {
        const isKnown = (place: TopicPartition): boolean => model.log(place) !== undefined
        if (partitions.every(isKnown)) return allOf(partitions)(transactions.addPartitions(who, partitions))
        return partitions.map((place) => ({
          ...placeOf(place),
          code: isKnown(place) ? errorCode.OPERATION_NOT_ATTEMPTED : errorCode.UNKNOWN_TOPIC_OR_PARTITION
        }))
      }),
    addOffsetsToTxn: ({ groupId, ...who }) =>
      connection.now('AddOffsetsToTxn', itself, () => transactions.addGroup(who, groupId)),
    txnOffsetCommit: ({ offsets, ...request }) =>
      connection.now('TxnOffsetCommit', allOf(offsets), () => {
        const { groupId, producerId } = request
        const admitted = transactions.admitsOffsets(request, groupId)
        const refused =
          admitted === errorCode.NONE ? model.consumers(groupId).mayCommitInTransaction(request) : admitted
        if (refused !== errorCode.NONE) return allOf(offsets)(refused)
        return offsets.map((offset) => {
          if (model.log(offset) === undefined) return { ...placeOf(offset), code: errorCode.UNKNOWN_TOPIC_OR_PARTITION }
          model.offsets(groupId).pend(producerId, offset, offset)
          return { ...placeOf(offset), code: errorCode.NONE }
        })
      }),
    endTxn: (request) =>
      connection.now(
        'EndTxn',
        (code) => ({ code, identity: null }),
        () => transactions.end(request)
      )
  }
}

const itself = (code: number): number => code
const allOf =
  (places: readonly TopicPartition[]) =>
  (code: number): readonly PartitionCode[] =>
    places.map((place) => ({ ...placeOf(place), code }))

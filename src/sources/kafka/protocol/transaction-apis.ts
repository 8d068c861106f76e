import type { TopicPartition } from '../../../model/topic-partition.js'
import type { EndTxnRequest, EndTxnResponse, OffsetCommitRequest, PartitionCode, ProducerEpoch, TransactionVersion } from '../../../ports/kafka-calls.js' // prettier-ignore
import type { Api } from './api.js'
import { produceV12 } from './produce-v12.js'
import { produceV9 } from './produce-v9.js'
import type { RequestWriter } from './request-writer.js'

const writeProducer = (writer: RequestWriter, { transactionalId, producerId, epoch }: ProducerEpoch): RequestWriter =>
  writer.string(transactionalId).int64(producerId).int16(epoch)

export const addPartitionsToTxnV2: Api<
  ProducerEpoch & { readonly partitions: readonly TopicPartition[] },
  readonly PartitionCode[]
> = {
  name: 'AddPartitionsToTxn',
  key: 24,
  version: 2,
  write: (writer, request) => {
    writeProducer(writer, request).byTopic(request.partitions, ({ partition }) => writer.int32(partition))
  },
  read: (reader) => {
    const throttleMs = reader.int32()
    return {
      throttleMs,
      value: reader.byTopic((topic) => ({ topic, partition: reader.int32(), code: reader.int16() }))
    }
  }
}

export const addOffsetsToTxnV2: Api<ProducerEpoch & { readonly groupId: string }, number> = {
  name: 'AddOffsetsToTxn',
  key: 25,
  version: 2,
  write: (writer, request) => {
    writeProducer(writer, request).string(request.groupId)
  },
  read: (reader) => ({ throttleMs: reader.int32(), value: reader.int16() })
}

/** Until version 4 the producer stays who it is. */
const endTxnV2: Api<EndTxnRequest, EndTxnResponse> = {
  name: 'EndTxn',
  key: 26,
  version: 2,
  write: (writer, request) => {
    writeProducer(writer, request).boolean(request.commit)
  },
  read: (reader) => ({ throttleMs: reader.int32(), value: { code: reader.int16(), identity: null } })
}

/** Version 5: the answer says who the producer is from now on. It is flexible. */
const endTxnV5: Api<EndTxnRequest, EndTxnResponse> = {
  ...endTxnV2,
  version: 5,
  write: (writer, { transactionalId, producerId, epoch, commit }) => {
    // The tags of a flexible request's header.
    writer.noTags().compactString(transactionalId).int64(producerId).int16(epoch).boolean(commit).noTags()
  },
  read: (reader) => {
    reader.skipTags()
    const throttleMs = reader.int32()
    const code = reader.int16()
    const producerId = reader.int64()
    return { throttleMs, value: { code, identity: producerId < 0n ? null : { producerId, epoch: reader.int16() } } }
  }
}

/** Version 3: with generation and member, by which a member that is no longer one is refused. It is flexible. */
const txnOffsetCommitV3: Api<ProducerEpoch & OffsetCommitRequest, readonly PartitionCode[]> = {
  name: 'TxnOffsetCommit',
  key: 28,
  version: 3,
  write: (writer, request) => {
    // The tags of a flexible request's header.
    writer
      .noTags()
      .compactString(request.transactionalId)
      .compactString(request.groupId)
      .int64(request.producerId)
      .int16(request.epoch)
      .int32(request.generation)
      .compactString(request.memberId)
      .compactNullableString(request.groupInstanceId)
      .compactByTopic(request.offsets, ({ partition, offset, leaderEpoch, metadata }) =>
        writer.int32(partition).int64(offset).int32(leaderEpoch).compactNullableString(metadata).noTags()
      )
      .noTags()
  },
  read: (reader) => {
    reader.skipTags()
    const throttleMs = reader.int32()
    return {
      throttleMs,
      value: reader.compactByTopic((topic) => ({ topic, partition: reader.int32(), code: reader.int16() }))
    }
  }
}

/** Version 5: the group joins the transaction by it. */
const txnOffsetCommitV5 = { ...txnOffsetCommitV3, version: 5 }

/** The requests that differ by the rules of the transaction. */
export const transactionApis: Readonly<
  Record<TransactionVersion, { produce: typeof produceV9; txnOffsetCommit: typeof txnOffsetCommitV3; endTxn: typeof endTxnV2 }> // prettier-ignore
> = {
  1: { produce: produceV9, txnOffsetCommit: txnOffsetCommitV3, endTxn: endTxnV2 },
  2: { produce: produceV12, txnOffsetCommit: txnOffsetCommitV5, endTxn: endTxnV5 }
}

import type { ProducedBatch, ProduceRequest } from '../../../ports/kafka-calls.js'
import { type Api, byTopic } from './api.js'
import { produceV7 } from './produce-v7.js'

/** Version 12: partitions that are written to join the transaction by that. It is flexible. Under acks 0 there is no answer. */
export const produceV12: Api<ProduceRequest, readonly ProducedBatch[] | undefined> = {
  ...produceV7,
  version: 12,
  write: (writer, { transaction, acks, timeoutMs, batches }) => {
    // The tags of a flexible request's header, which kafkajs does not write.
    writer
      .noTags()
      .compactNullableString(transaction?.transactionalId ?? null)
      .int16(acks === 'all' ? -1 : acks)
      .int32(timeoutMs)
      .compactArray(byTopic(batches), ([topic, partitions]) =>
        writer
          .compactString(topic)
          .compactArray(partitions, ({ partition, bytes }) => writer.int32(partition).compactBytes(bytes).noTags())
          .noTags()
      )
      .noTags()
  },
  read: (reader) => {
    reader.skipTags()
    const topics = reader.compactArray(() => {
      const topic = reader.compactString()
      const partitions = reader.compactArray(() => {
        const produced = { topic, partition: reader.int32(), code: reader.int16(), baseOffset: reader.int64() }
        reader.int64()
        reader.int64()
        reader.compactArray(() => {
          reader.int32()
          reader.compactNullableString()
          reader.skipTags()
        })
        reader.compactNullableString()
        reader.skipTags()
        return produced
      })
      reader.skipTags()
      return partitions
    })
    return { value: topics.flat(), throttleMs: reader.int32() }
  }
}

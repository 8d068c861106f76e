import type { ProducedBatch, ProduceRequest } from '../../../ports/kafka-calls.js'
import type { Api } from './api.js'
import { producedBatch, produceV7 } from './produce-v7.js'

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
      .compactByTopic(batches, ({ partition, bytes }) => writer.int32(partition).compactBytes(bytes).noTags())
      .noTags()
  },
  read: (reader) => {
    reader.skipTags()
    const value = reader.compactByTopic((topic) => {
      const produced = producedBatch(reader, topic)
      reader.compactArray(() => {
        reader.int32()
        reader.compactNullableString()
        reader.skipTags()
      })
      reader.compactNullableString()
      return produced
    })
    return { value, throttleMs: reader.int32() }
  }
}

import type { ProducedBatch, ProduceRequest } from '../../../ports/kafka-calls.js'
import type { Api } from './api.js'
import { producedBatch, produceV7 } from './produce-v7.js'
import { produceV8 } from './produce-v8.js'

/** Version 9: the same as 8 in the flexible encoding. Under acks 0 there is no answer. */
export const produceV9: Api<ProduceRequest, readonly ProducedBatch[] | undefined> = {
  ...produceV7,
  version: 9,
  older: produceV8,
  write: (writer, { transaction, acks, timeoutMs, batches }) => {
    // The tags of a flexible request's header.
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
      const refused = reader.compactArray(() => {
        const record = { index: reader.int32(), message: reader.compactNullableString() }
        reader.skipTags()
        return record
      })
      return { ...produced, refused, message: reader.compactNullableString() }
    })
    return { value, throttleMs: reader.int32() }
  }
}

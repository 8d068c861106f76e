import type { ProducedBatch, ProduceRequest } from '../../../ports/kafka-calls.js'
import { type Api, byTopic } from './api.js'

/** Version 7. Under acks 0 there is no answer. */
export const produceV7: Api<ProduceRequest, readonly ProducedBatch[] | undefined> = {
  name: 'Produce',
  key: 0,
  version: 7,
  expectsAnswer: ({ acks }) => acks !== 0,
  bytesOf: ({ batches }) =>
    batches.reduce((sum, { topic, bytes }) => sum + topic.length * 3 + 16 + bytes.length, 1_024),
  write: (writer, { transaction, acks, timeoutMs, batches }) => {
    writer
      .nullableString(transaction?.transactionalId ?? null)
      .int16(acks === 'all' ? -1 : acks)
      .int32(timeoutMs)
    writer.array(byTopic(batches), ([topic, partitions]) =>
      writer.string(topic).array(partitions, ({ partition, bytes }) => writer.int32(partition).bytes(bytes))
    )
  },
  read: (reader) => {
    const topics = reader.array(() => {
      const topic = reader.string()
      return reader.array(() => {
        const produced = { topic, partition: reader.int32(), code: reader.int16(), baseOffset: reader.int64() }
        reader.int64()
        reader.int64()
        return produced
      })
    })
    return { value: topics.flat(), throttleMs: reader.int32() }
  }
}

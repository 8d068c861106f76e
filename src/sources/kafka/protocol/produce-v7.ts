import { bareAnswer } from '../../../core/producing/batch-answer.js'
import type { ProducedBatch, ProduceRequest } from '../../../ports/kafka-calls.js'
import type { Api } from './api.js'
import type { ResponseReader } from './response-reader.js'

/** Version 7. Under acks 0 there is no answer. */
export const produceV7: Api<ProduceRequest, readonly ProducedBatch[] | undefined> = {
  name: 'Produce',
  key: 0,
  version: 7,
  expectsAnswer: ({ acks }) => acks !== 0,
  write: (writer, { transaction, acks, timeoutMs, batches }) => {
    writer
      .nullableString(transaction?.transactionalId ?? null)
      .int16(acks === 'all' ? -1 : acks)
      .int32(timeoutMs)
    writer.byTopic(batches, ({ partition, bytes }) => writer.int32(partition).bytes(bytes))
  },
  read: (reader) => {
    const value = reader.byTopic((topic) => producedBatch(reader, topic))
    return { value, throttleMs: reader.int32() }
  }
}

/** What every version answers for a partition; the append time and the log's start follow, which nobody asks for. */
export const producedBatch = (reader: ResponseReader, topic: string): ProducedBatch => {
  const partition = reader.int32()
  const code = reader.int16()
  const produced = { topic, partition, ...bareAnswer(code, reader.int64()) }
  reader.int64()
  reader.int64()
  return produced
}

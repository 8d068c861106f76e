import type { TopicPartition } from '../../../model/topic-partition.js'
import type { PartitionCode } from '../../../ports/kafka-calls.js'
import { type Api, byTopic } from './api.js'

export interface ProduceRequest {
  /** 0, 1 or -1 for all replicas in sync; the broker answers nothing to 0 */
  readonly acks: number
  readonly timeoutMs: number
  /** one record batch for each partition */
  readonly batches: readonly (TopicPartition & { readonly bytes: Uint8Array })[]
}

export interface ProducedBatch extends PartitionCode {
  readonly baseOffset: bigint
}

/** Version 7, without a transaction. Under acks 0 there is no answer. */
export const produceV7: Api<ProduceRequest, readonly ProducedBatch[] | undefined> = {
  name: 'Produce',
  key: 0,
  version: 7,
  expectsAnswer: ({ acks }) => acks !== 0,
  write: (writer, { acks, timeoutMs, batches }) => {
    writer.nullableString(null).int16(acks).int32(timeoutMs)
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

import type { FetchRequest, FetchResponse, IdentifiedPartition } from '../../../ports/kafka-calls.js'
import type { Api } from './api.js'
import { fetchV11 } from './fetch-v11.js'
import type { RequestWriter } from './request-writer.js'

/**
 * Version 13 names topics by their ids, so that nothing is read of a topic that was made later under the same name
 * (KIP-516). It is flexible. The answer has ids only: `nameOf` knows the topics of all requests of the session.
 */
export const fetchV13 = (nameOf: (topicId: string) => string): Api<FetchRequest, FetchResponse> => ({
  ...fetchV11,
  version: 13,
  older: fetchV11,
  write: (writer, request) => {
    // The tags of a flexible request's header, which kafkajs does not write.
    writer
      .noTags()
      .int32(-1)
      .int32(request.maxWaitMs)
      .int32(request.minBytes)
      .int32(request.maxBytes)
      .int8(request.isolation === 'read_committed' ? 1 : 0)
      .int32(request.session.id)
      .int32(request.session.epoch)
    byTopicId(writer, request.partitions, ({ partition, leaderEpoch, offset, maxBytes }) =>
      // Of the epoch that was read last only followers speak.
      writer.int32(partition).int32(leaderEpoch).int64(offset).int32(-1).int64(-1n).int32(maxBytes).noTags()
    )
    byTopicId(writer, request.forgotten, ({ partition }) => writer.int32(partition))
    writer.compactString(request.rack).noTags()
  },
  read: (reader) => {
    reader.skipTags()
    const throttleMs = reader.int32()
    const code = reader.int16()
    const sessionId = reader.int32()
    const partitions = reader
      .compactArray(() => {
        const topic = nameOf(reader.uuid() ?? '')
        const those = reader.compactArray(() => {
          const fetched = {
            topic,
            partition: reader.int32(),
            code: reader.int16(),
            highWatermark: reader.int64(),
            lastStableOffset: reader.int64(),
            logStart: reader.int64(),
            aborted: reader.compactArray(() => {
              const aborted = { producerId: reader.int64(), firstOffset: reader.int64() }
              reader.skipTags()
              return aborted
            }),
            preferredReplica: reader.int32(),
            records: reader.compactNullableBytes()
          }
          reader.skipTags()
          return fetched
        })
        reader.skipTags()
        return those
      })
      .flat()
    return { throttleMs, value: { code, sessionId, partitions } }
  }
})

const byTopicId = <A extends IdentifiedPartition>(
  writer: RequestWriter,
  items: readonly A[],
  write: (item: A) => void
): RequestWriter => {
  const topics = new Map<string, A[]>()
  for (const item of items) {
    const id = item.topicId ?? ''
    const known = topics.get(id)
    if (known === undefined) topics.set(id, [item])
    else known.push(item)
  }
  return writer.compactArray([...topics], ([id, those]) => writer.uuid(id).compactArray(those, write).noTags())
}

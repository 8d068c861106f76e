import type { ClusterMetadata } from '../../../ports/kafka-calls.js'
import type { Api } from './api.js'
import { metadataV8 } from './metadata-v8.js'

/**
 * Version 12: topics have ids, which tell one from another that was made later under its name. It is flexible. Kafka has it
 * since 3.1; the versions before have the ids too, but fields besides that nobody needs.
 */
export const metadataV12: Api<readonly string[] | 'all', ClusterMetadata> = {
  ...metadataV8,
  version: 12,
  older: metadataV8,
  write: (writer, topics) => {
    // The tags of a flexible request's header.
    writer.noTags()
    if (topics === 'all') writer.uvarint(0)
    else writer.compactArray(topics, (topic) => writer.uuid(null).compactString(topic).noTags())
    writer.boolean(false).boolean(false).noTags()
  },
  read: (reader) => {
    reader.skipTags()
    const throttleMs = reader.int32()
    const brokers = reader.compactArray(() => {
      const broker = {
        nodeId: reader.int32(),
        host: reader.compactString(),
        port: reader.int32(),
        rack: reader.compactNullableString()
      }
      reader.skipTags()
      return broker
    })
    reader.compactNullableString()
    reader.int32()
    const topics = reader.compactArray(() => {
      const topic = {
        code: reader.int16(),
        topic: reader.compactString(),
        topicId: reader.uuid(),
        internal: reader.boolean()
      }
      const partitions = reader.compactArray(() => {
        const partition = {
          code: reader.int16(),
          partition: reader.int32(),
          leader: reader.int32(),
          leaderEpoch: reader.int32()
        }
        const replicas = reader.compactArray(() => reader.int32())
        reader.compactArray(() => reader.int32())
        reader.compactArray(() => reader.int32())
        reader.skipTags()
        return { ...partition, replicas }
      })
      reader.int32()
      reader.skipTags()
      return { ...topic, partitions }
    })
    return { throttleMs, value: { brokers, topics } }
  }
}

import type { ClusterMetadata } from '../../../ports/kafka-calls.js'
import type { Api } from './api.js'

/** Version 8: leader epochs, an error for each topic on its own, and no topic is created by asking for it. */
export const metadataV8: Api<readonly string[] | 'all', ClusterMetadata> = {
  name: 'Metadata',
  key: 3,
  version: 8,
  write: (writer, topics) => {
    if (topics === 'all') writer.int32(-1)
    else writer.array(topics, (topic) => writer.string(topic))
    writer.boolean(false).boolean(false).boolean(false)
  },
  read: (reader) => {
    const throttleMs = reader.int32()
    const brokers = reader.array(() => ({
      nodeId: reader.int32(),
      host: reader.string(),
      port: reader.int32(),
      rack: reader.nullableString()
    }))
    reader.nullableString()
    reader.int32()
    const topics = reader.array(() => {
      const code = reader.int16()
      const topic = reader.string()
      const internal = reader.boolean()
      const partitions = reader.array(() => {
        const partition = {
          code: reader.int16(),
          partition: reader.int32(),
          leader: reader.int32(),
          leaderEpoch: reader.int32()
        }
        const replicas = reader.array(() => reader.int32())
        reader.array(() => reader.int32())
        reader.array(() => reader.int32())
        return { ...partition, replicas }
      })
      reader.int32()
      return { topic, topicId: null, code, internal, partitions }
    })
    return { throttleMs, value: { brokers, topics } }
  }
}

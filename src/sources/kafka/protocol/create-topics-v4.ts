import type { NewTopic } from '../../../ports/new-topic.js'
import type { Api } from './api.js'

/** Version 4: -1 leaves the replication to the broker's default. */
export const createTopicsV4: Api<
  { readonly topics: readonly NewTopic[]; readonly timeoutMs: number },
  readonly { readonly topic: string; readonly code: number; readonly message: string | null }[]
> = {
  name: 'CreateTopics',
  key: 19,
  version: 4,
  write: (writer, { topics, timeoutMs }) => {
    writer.array(topics, ({ topic, partitions, replicationFactor, config }) =>
      writer
        .string(topic)
        .int32(partitions)
        .int16(replicationFactor ?? -1)
        .int32(0)
        .array(Object.entries(config ?? {}), ([name, value]) => writer.string(name).string(value))
    )
    writer.int32(timeoutMs).boolean(false)
  },
  read: (reader) => ({
    throttleMs: reader.int32(),
    value: reader.array(() => ({ topic: reader.string(), code: reader.int16(), message: reader.nullableString() }))
  })
}

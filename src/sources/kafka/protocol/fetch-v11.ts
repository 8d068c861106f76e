import type { FetchRequest, FetchResponse } from '../../../ports/kafka-calls.js'
import type { Api } from './api.js'

/** Version 11: leader epochs, and a nearer replica to read from. In a session a request names only what has changed. */
export const fetchV11: Api<FetchRequest, FetchResponse> = {
  name: 'Fetch',
  key: 1,
  version: 11,
  write: (writer, request) => {
    writer
      .int32(-1)
      .int32(request.maxWaitMs)
      .int32(request.minBytes)
      .int32(request.maxBytes)
      .int8(request.isolation === 'read_committed' ? 1 : 0)
      .int32(request.session.id)
      .int32(request.session.epoch)
    writer.byTopic(request.partitions, ({ partition, leaderEpoch, offset, maxBytes }) =>
      writer.int32(partition).int32(leaderEpoch).int64(offset).int64(-1n).int32(maxBytes)
    )
    writer.byTopic(request.forgotten, ({ partition }) => writer.int32(partition))
    writer.string(request.rack)
  },
  read: (reader) => {
    const throttleMs = reader.int32()
    const code = reader.int16()
    const sessionId = reader.int32()
    const partitions = reader.byTopic((topic) => ({
      topic,
      partition: reader.int32(),
      code: reader.int16(),
      highWatermark: reader.int64(),
      lastStableOffset: reader.int64(),
      logStart: reader.int64(),
      aborted: reader.array(() => ({ producerId: reader.int64(), firstOffset: reader.int64() })),
      preferredReplica: reader.int32(),
      records: reader.nullableBytes()
    }))
    return { throttleMs, value: { code, sessionId, partitions } }
  }
}

import type { InitProducerIdRequest, InitProducerIdResponse } from '../../../ports/kafka-calls.js'
import type { Api } from './api.js'

/** Version 4: with who it was until now, so that a producer whose place was taken is told so. It is flexible. */
export const initProducerIdV4: Api<InitProducerIdRequest, InitProducerIdResponse> = {
  name: 'InitProducerId',
  key: 22,
  version: 4,
  write: (writer, { transactionalId, transactionTimeoutMs, producerId, epoch }) => {
    // The tags of a flexible request's header.
    writer
      .noTags()
      .compactNullableString(transactionalId)
      .int32(transactionTimeoutMs)
      .int64(producerId)
      .int16(epoch)
      .noTags()
  },
  read: (reader) => {
    reader.skipTags()
    const throttleMs = reader.int32()
    return { throttleMs, value: { code: reader.int16(), producerId: reader.int64(), epoch: reader.int16() } }
  }
}

import type { ChangedShareOffsets } from './alter-share-group-offsets.js'
import { describedApi } from './described-api.js'
import { array, int16, int32, nullable, string, uuid } from './message.js'

/** Deletes topics from the offsets of a share group without members (KIP-932). */
export const deleteShareGroupOffsets = describedApi({
  name: 'DeleteShareGroupOffsets',
  key: 92,
  versions: '0-0',
  flexibleFrom: 0,
  request: { groupId: string('0+'), topics: array('0+', { topicName: string('0+') }) },
  response: {
    throttleTimeMs: int32('0+'),
    errorCode: int16('0+'),
    errorMessage: nullable(string('0+')),
    responses: array('0+', {
      topicName: string('0+'),
      topicId: uuid('0+'),
      errorCode: int16('0+'),
      errorMessage: nullable(string('0+'))
    })
  },
  toMessage: ({ groupId, topics }: { readonly groupId: string; readonly topics: readonly string[] }) => ({
    groupId,
    topics: topics.map((topicName) => ({ topicName }))
  }),
  fromMessage: ({ errorCode, errorMessage, responses }): ChangedShareOffsets => ({
    code: errorCode,
    message: errorMessage,
    places: responses.map(({ topicName: topic, errorCode: code, errorMessage: message }) => ({
      topic,
      partition: null,
      code,
      message
    }))
  })
})

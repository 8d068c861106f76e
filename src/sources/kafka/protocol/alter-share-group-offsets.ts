import { groupedBy } from '../../../core/protocol/grouped-by.js'
import type { Committed } from '../../../model/committed.js'
import type { ErrorCode } from '../../../ports/kafka-calls.js'
import { describedApi } from './described-api.js'
import { array, int16, int32, int64, nullable, string, uuid } from './message.js'

/** The coordinator's result for a share group's offsets: a code for the whole, and one for each partition or topic. */
export interface ChangedShareOffsets {
  readonly code: ErrorCode
  readonly message: string | null
  readonly places: readonly {
    readonly topic: string
    /** null: the whole topic */
    readonly partition: number | null
    readonly code: ErrorCode
    readonly message: string | null
  }[]
}

/** Sets the start offsets of a share group without members (KIP-932). */
export const alterShareGroupOffsets = describedApi({
  name: 'AlterShareGroupOffsets',
  key: 91,
  versions: '0-0',
  flexibleFrom: 0,
  request: {
    groupId: string('0+'),
    topics: array('0+', {
      topicName: string('0+'),
      partitions: array('0+', { partitionIndex: int32('0+'), startOffset: int64('0+') })
    })
  },
  response: {
    throttleTimeMs: int32('0+'),
    errorCode: int16('0+'),
    errorMessage: nullable(string('0+')),
    responses: array('0+', {
      topicName: string('0+'),
      topicId: uuid('0+'),
      partitions: array('0+', {
        partitionIndex: int32('0+'),
        errorCode: int16('0+'),
        errorMessage: nullable(string('0+'))
      })
    })
  },
  toMessage: ({ groupId, offsets }: { readonly groupId: string; readonly offsets: readonly Committed[] }) => ({
    groupId,
    topics: [...groupedBy(offsets, ({ topic }) => topic)].map(([topicName, own]) => ({
      topicName,
      partitions: own.map(({ partition, offset }) => ({ partitionIndex: partition, startOffset: offset }))
    }))
  }),
  fromMessage: ({ errorCode, errorMessage, responses }): ChangedShareOffsets => ({
    code: errorCode,
    message: errorMessage,
    places: responses.flatMap(({ topicName: topic, partitions }) =>
      partitions.map(({ partitionIndex: partition, errorCode: code, errorMessage: message }) => ({
        topic,
        partition,
        code,
        message
      }))
    )
  })
})

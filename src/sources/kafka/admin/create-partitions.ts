import type { PartitionCount } from '../../../ports/admin.js'
import { describedApi } from '../protocol/described-api.js'
import { array, bool, int16, int32, int32s, nullable, string } from '../protocol/message.js'

/** The controller's result for one topic. */
export interface EnlargedTopic {
  readonly topic: string
  readonly code: number
  readonly message: string | null
}

/** Sets the number of partitions of topics; the cluster places the new ones. */
export const createPartitions = describedApi({
  name: 'CreatePartitions',
  key: 37,
  versions: '0-3',
  flexibleFrom: 2,
  request: {
    topics: array('0+', {
      name: string('0+'),
      count: int32('0+'),
      assignments: nullable(array('0+', { brokerIds: int32s('0+') }))
    }),
    timeoutMs: int32('0+'),
    validateOnly: bool('0+')
  },
  response: {
    throttleTimeMs: int32('0+'),
    results: array('0+', {
      name: string('0+'),
      errorCode: int16('0+'),
      errorMessage: nullable(string('0+'))
    })
  },
  toMessage: ({ topics, timeoutMs }: { readonly topics: readonly PartitionCount[]; readonly timeoutMs: number }) => ({
    topics: topics.map(({ topic, partitions }) => ({ name: topic, count: partitions, assignments: null })),
    timeoutMs,
    validateOnly: false
  }),
  fromMessage: ({ results }): readonly EnlargedTopic[] =>
    results.map(({ name, errorCode, errorMessage }) => ({ topic: name, code: errorCode, message: errorMessage }))
})

import type { NewTopic } from '../../../ports/new-topic.js'
import { describedApi } from './described-api.js'
import { eachInTurn } from './in-turns.js'
import { array, bool, int16, int32, int32s, int8, nullable, string, tagged, uuid } from './message.js'
import type { Slices } from './message-codec.js'

export interface CreatedTopic {
  readonly topic: string
  readonly code: number
  readonly message: string | null
}

/** Version 4 is the first that allows the broker's default replication factor (-1, KIP-464). */
export const createTopics = describedApi({
  name: 'CreateTopics',
  key: 19,
  versions: '4-7',
  flexibleFrom: 5,
  request: {
    topics: array('0+', {
      name: string('0+'),
      numPartitions: int32('0+'),
      replicationFactor: int16('0+'),
      assignments: array('0+', { partitionIndex: int32('0+'), brokerIds: int32s('0+') }),
      configs: array('0+', { name: string('0+'), value: nullable(string('0+')) })
    }),
    timeoutMs: int32('0+', 60_000),
    validateOnly: bool('1+')
  },
  response: {
    throttleTimeMs: int32('2+'),
    topics: array('0+', {
      name: string('0+'),
      topicId: uuid('7+'),
      errorCode: int16('0+'),
      errorMessage: nullable(string('1+')),
      topicConfigErrorCode: tagged(0, int16('5+')),
      numPartitions: int32('5+', -1),
      replicationFactor: int16('5+', -1),
      configs: nullable(
        array('5+', {
          name: string('5+'),
          value: nullable(string('5+')),
          readOnly: bool('5+'),
          configSource: int8('5+', -1),
          isSensitive: bool('5+')
        })
      )
    })
  },
  toMessage: ({ topics, timeoutMs }: { readonly topics: readonly NewTopic[]; readonly timeoutMs: number }) => ({
    topics: topics.map(({ topic, partitions, replicationFactor, config }) => ({
      name: topic,
      numPartitions: partitions,
      replicationFactor: replicationFactor ?? -1,
      assignments: [],
      configs: Object.entries(config ?? {}).map(([name, value]) => ({ name, value }))
    })),
    timeoutMs,
    validateOnly: false
  }),
  fromLists: ({ topics }): Slices<readonly CreatedTopic[]> =>
    eachInTurn(topics, ({ name, errorCode, errorMessage }) => ({ topic: name, code: errorCode, message: errorMessage }))
})

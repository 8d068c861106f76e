import type { ClusterMetadata, ErrorCode, PartitionMetadata, TopicMetadata } from '../../../ports/kafka-calls.js'
import { describedApi } from './described-api.js'
import { eachInTurn, Turns } from './in-turns.js'
import { array, atMost, bool, int16, int32, int32s, nullable, string, uuid } from './message.js'
import type { Slices } from './message-codec.js'

const partitionOf = (answer: {
  readonly errorCode: number
  readonly partitionIndex: number
  readonly leaderId: number
  readonly leaderEpoch: number
  readonly replicaNodes: readonly number[]
}): PartitionMetadata => ({
  code: answer.errorCode,
  partition: answer.partitionIndex,
  leader: answer.leaderId,
  leaderEpoch: answer.leaderEpoch,
  replicas: answer.replicaNodes
})

/** What a broker answers: `controllerId` is -1 where there is none. */
interface MetadataAnswer extends ClusterMetadata {
  readonly code: ErrorCode
  readonly clusterId: string | null
  readonly controllerId: number
}

/**
 * The brokers' addresses and the leaders of partitions. Version 8 is the first that does not create a topic when it is
 * requested, 10 the first with topic IDs (KIP-516), 13 the first with an error code for the whole answer (KIP-1102).
 */
export const metadata = describedApi({
  name: 'Metadata',
  key: 3,
  versions: '8-13',
  flexibleFrom: 9,
  // 200,000 partitions of three replicas, as in the largest clusters: converting more would take too long.
  mostElements: 450_000,
  request: {
    topics: nullable(array('0+', { topicId: uuid('10+'), name: nullable(string('0+')) })),
    allowAutoTopicCreation: bool('4+'),
    includeClusterAuthorizedOperations: bool('8-10'),
    includeTopicAuthorizedOperations: bool('8+')
  },
  response: {
    throttleTimeMs: int32('3+'),
    brokers: atMost(
      50_000,
      array('0+', { nodeId: int32('0+'), host: string('0+'), port: int32('0+'), rack: nullable(string('1+')) })
    ),
    clusterId: nullable(string('2+')),
    controllerId: int32('1+', -1),
    topics: atMost(
      100_000,
      array('0+', {
        errorCode: int16('0+'),
        name: string('0+'),
        topicId: uuid('10+'),
        isInternal: bool('1+'),
        partitions: array('0+', {
          errorCode: int16('0+'),
          partitionIndex: int32('0+'),
          leaderId: int32('0+'),
          leaderEpoch: int32('7+', -1),
          replicaNodes: int32s('0+'),
          isrNodes: int32s('0+'),
          offlineReplicas: int32s('5+')
        }),
        topicAuthorizedOperations: int32('8+', -2_147_483_648)
      })
    ),
    clusterAuthorizedOperations: int32('8-10', -2_147_483_648),
    errorCode: int16('13+')
  },
  toMessage: (topics: readonly string[] | 'all') => ({
    topics: topics === 'all' ? null : topics.map((name) => ({ topicId: null, name })),
    allowAutoTopicCreation: false,
    includeClusterAuthorizedOperations: false,
    includeTopicAuthorizedOperations: false
  }),
  fromLists: function* (answer): Slices<MetadataAnswer> {
    const turns = new Turns()
    const topics: TopicMetadata[] = []
    for (const {
      errorCode: code,
      name: topic,
      topicId,
      isInternal: internal,
      partitions: described
    } of answer.topics) {
      if (turns.isOver()) yield
      const partitions = yield* eachInTurn(described, partitionOf, turns)
      topics.push({ topic, topicId, code, internal, partitions })
    }
    const { errorCode: code, brokers, clusterId, controllerId } = answer
    return { code, brokers, topics, clusterId, controllerId }
  }
})

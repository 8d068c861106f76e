import { errorCode } from '../../core/protocol/error-code.js'
import type { ClusterMetadata, TopicMetadata } from '../../ports/kafka-calls.js'
import type { Step } from '../../ports/step.js'
import type { BrokerModel } from './broker-model.js'
import { memoryAddress, type MemoryConnection } from './memory-connection.js'

/** The only node. */
export const memoryNode = 1

const brokers = [{ nodeId: memoryNode, host: memoryAddress, port: 0, rack: null }]

/** Answers Metadata from the model. */
export const memoryMetadata = (
  model: BrokerModel,
  connection: MemoryConnection,
  topics: readonly string[] | 'all'
): Step<ClusterMetadata> =>
  connection.now(
    'Metadata',
    (code) => ({ brokers, topics: (topics === 'all' ? [] : topics).map((topic) => failedTopic(topic, code)) }),
    () => ({ brokers, topics: (topics === 'all' ? model.topics : topics).map((topic) => describe(model, topic)) })
  )

const failedTopic = (topic: string, code: number): TopicMetadata => ({
  topic,
  topicId: null,
  code,
  internal: false,
  partitions: []
})

const describe = (model: BrokerModel, topic: string): TopicMetadata => {
  const count = model.partitionsOf(topic)
  if (count === 0) return failedTopic(topic, errorCode.UNKNOWN_TOPIC_OR_PARTITION)
  const partitions = Array.from({ length: count }, (_, partition) => ({
    partition,
    code: errorCode.NONE,
    leader: memoryNode,
    leaderEpoch: model.log({ topic, partition })?.leaderEpoch ?? 0,
    replicas: [memoryNode]
  }))
  return { topic, topicId: model.idOf(topic), code: errorCode.NONE, internal: false, partitions }
}

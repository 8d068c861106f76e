import { type Either, left, right } from 'fp-ts/lib/Either.js'
import { brokerFault, errorCode } from '../../core/protocol/error-code.js'
import type { Committed } from '../../model/committed.js'
import type { Fault } from '../../model/fault.js'
import type { TopicPartition } from '../../model/topic-partition.js'
import type { EitherAdmin, LogPosition, TopicDescription } from '../../ports/admin.js'
import type { NewTopic } from '../../ports/new-topic.js'
import type { BrokerModel } from './broker-model.js'
import { each, type MemoryAdminSteps, unknownTopic } from './memory-admin-steps.js'
import { memoryNode } from './memory-metadata.js'
import { refuseTopic } from './refuse-topic.js'

type TopicAdmin = Pick<
  EitherAdmin,
  | 'listTopics'
  | 'describeTopics'
  | 'createTopics'
  | 'deleteTopics'
  | 'createPartitions'
  | 'deleteRecords'
  | 'listOffsets'
>

/** Topics, their partitions and logs. */
export const memoryTopicAdmin = (model: BrokerModel, steps: MemoryAdminSteps): TopicAdmin => ({
  listTopics: () => steps.step(() => right([...model.topics].sort())),
  describeTopics: (topics) =>
    steps.step(() => {
      const missing = topics.find((topic) => model.partitionsOf(topic) === 0)
      return missing === undefined
        ? right(topics.map((topic) => describeTopic(model, topic)))
        : left(unknownTopic('Metadata', missing))
    }),
  createTopics: (topics) => steps.step(() => each(topics, (topic) => createNew(model, topic))),
  deleteTopics: (topics) =>
    steps.step(() =>
      each(topics, (topic) => {
        if (model.partitionsOf(topic) === 0) return unknownTopic('DeleteTopics', topic)
        model.deleteTopic(topic)
        return null
      })
    ),
  createPartitions: (topics) =>
    steps.step(() =>
      each(topics, ({ topic, partitions }) => {
        const now = model.partitionsOf(topic)
        if (now === 0) return brokerFault('CreatePartitions', errorCode.UNKNOWN_TOPIC_OR_PARTITION, topic)
        const why = `The topic ${topic} currently has ${String(now)} partition(s); ${String(partitions)} would not be an increase.`
        if (partitions <= now)
          return brokerFault('CreatePartitions', errorCode.INVALID_PARTITIONS, topic, undefined, why)
        model.createTopic(topic, partitions)
        return null
      })
    ),
  deleteRecords: (partitions) =>
    steps.step(() =>
      each(partitions, ({ topic, partition, before }) => {
        const log = model.log({ topic, partition })
        if (log === undefined) return unknownTopic('DeleteRecords', topic, partition)
        const offset = before === 'end' ? log.logEnd : before
        if (offset > log.logEnd) return brokerFault('DeleteRecords', errorCode.OFFSET_OUT_OF_RANGE, topic, partition)
        log.deleteBefore(offset)
        return null
      })
    ),
  listOffsets: (queries) =>
    steps.step(() => {
      const found: Committed[] = []
      for (const { at, ...place } of queries) {
        const offset = offsetAt(model, place, at)
        if (offset._tag === 'Left') return offset
        found.push(offset.right)
      }
      return right(found)
    })
})

/** The offset at a position of a log. */
export const offsetAt = (model: BrokerModel, place: TopicPartition, at: LogPosition): Either<Fault, Committed> => {
  const log = model.log(place)
  const { topic, partition } = place
  if (log === undefined)
    return left(unknownTopic('Metadata', topic, model.partitionsOf(topic) > 0 ? partition : undefined))
  const found = at === 'beginning' ? log.logStart : at === 'end' ? log.logEnd : log.offsetAt(at.timestamp)
  return right({ topic, partition, offset: found ?? log.logEnd })
}

const createNew = (model: BrokerModel, created: NewTopic): Fault | null => {
  const { topic, partitions, config } = created
  const refused = refuseTopic(created)
  if (refused !== null) return refused
  if (model.partitionsOf(topic) > 0)
    return brokerFault(
      'CreateTopics',
      errorCode.TOPIC_ALREADY_EXISTS,
      topic,
      undefined,
      `Topic '${topic}' already exists.`
    )
  model.createTopic(topic, partitions, config)
  return null
}

const describeTopic = (model: BrokerModel, topic: string): TopicDescription => ({
  topic,
  topicId: model.idOf(topic),
  internal: false,
  partitions: Array.from({ length: model.partitionsOf(topic) }, (_, partition) => ({
    partition,
    leader: memoryNode,
    replicas: [memoryNode]
  }))
})

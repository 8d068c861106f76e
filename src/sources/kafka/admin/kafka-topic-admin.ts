import type { ConnectionSettings } from '../../../config/connection-settings.js'
import { errorCode } from '../../../core/protocol/error-code.js'
import { groupedBy } from '../../../core/protocol/grouped-by.js'
import { topicVerdict } from '../../../core/protocol/topic-verdict.js'
import type { EitherAdmin, RecordsToDelete, TopicDescription } from '../../../ports/admin.js'
import type { TopicMetadata } from '../../../ports/kafka-calls.js'
import { WireError } from '../network/wire-error.js'
import type { AdminClients } from './admin-clients.js'
import { kafkajsFault } from './kafkajs-fault.js'
import { existing } from './own-admin-calls.js'
import { refusal } from './refusal.js'

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

/** Topics, their partitions and logs. `hide` removes secrets from a text. */
export const kafkaTopicAdmin = (
  { step, kafkajs, own }: AdminClients,
  settings: ConnectionSettings,
  hide: (text: string) => string
): TopicAdmin => ({
  listTopics: () => step({ api: 'Metadata' }, async () => (await own.topics('all')).map(({ topic }) => topic).sort()),
  describeTopics: (topics) =>
    step({ api: 'Metadata' }, async () => {
      if (topics.length === 0) return []
      const found = existing(await own.topics(topics))
      return topics.flatMap((name) => found.filter(({ topic }) => topic === name).map(described))
    }),
  createTopics: (topics) => step({ api: 'CreateTopics', mutates: true }, () => own.createTopics(topics)),
  deleteTopics: (topics) =>
    step({ api: 'DeleteTopics', about: topics.join(', '), mutates: true }, async (isOver) => {
      if (topics.length === 0) return
      const known = await own.topics(topics)
      const isMissing = ({ code }: TopicMetadata): boolean => topicVerdict(code) === 'unknown'
      const there = known.filter((one) => !isMissing(one)).map(({ topic }) => topic)
      if (there.length > 0)
        await kafkajs.use((admin) => admin.deleteTopics({ topics: there, timeout: settings.requestTimeoutMs }))
      if (there.length > 0) await own.until(there, isOver, (left) => left.every(isMissing))
      const missing = known.find(isMissing)
      if (missing !== undefined)
        throw refusal(errorCode.UNKNOWN_TOPIC_OR_PARTITION, { api: 'DeleteTopics' }, { topic: missing.topic })
    }),
  createPartitions: (topics) =>
    step(
      { api: 'CreatePartitions', about: topics.map(({ topic }) => topic).join(', '), mutates: true },
      async (isOver) => {
        if (topics.length === 0) return
        await own.createPartitions(topics)
        const counts = new Map(topics.map(({ topic, partitions }) => [topic, partitions]))
        await own.until([...counts.keys()], isOver, (now) =>
          now.every(
            ({ topic, partitions }) =>
              partitions.length >= (counts.get(topic) ?? 0) && partitions.every(({ leader }) => leader >= 0)
          )
        )
      }
    ),
  deleteRecords: (deletions) =>
    step({ api: 'DeleteRecords', mutates: true }, async () => {
      await own.checkPartitions('DeleteRecords', deletions)
      await kafkajs.use(async (admin) => {
        for (const one of byTopic(deletions)) {
          // kafkajs looks up leaders in its own metadata, which lacks topics that it has not queried before.
          try {
            await admin.fetchTopicOffsets(one.topic)
            await admin.deleteTopicRecords(one)
          } catch (error) {
            throw new WireError(kafkajsFault(error, { api: 'DeleteRecords', topic: one.topic }, hide))
          }
        }
      })
    }),
  listOffsets: (queries) => step({ api: 'ListOffsets' }, () => own.listOffsets(queries))
})

/** In the form that kafkajs expects. */
const byTopic = (deletions: readonly RecordsToDelete[]) =>
  [...groupedBy(deletions, ({ topic }) => topic)].map(([topic, those]) => ({
    topic,
    partitions: those.map(({ partition, before }) => ({
      partition,
      offset: before === 'end' ? '-1' : String(before)
    }))
  }))

const described = ({ topic, topicId, internal, partitions }: TopicMetadata): TopicDescription => ({
  topic,
  topicId,
  internal,
  partitions: partitions
    .map(({ partition, leader, replicas }) => ({ partition, leader: leader < 0 ? null : leader, replicas }))
    .sort((one, other) => one.partition - other.partition)
})

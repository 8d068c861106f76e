import type { Admin as KafkajsAdmin } from 'kafkajs'
import type { ConnectionSettings } from '../../../config/connection-settings.js'
import { errorCode } from '../../../core/protocol/error-code.js'
import { decodeAssignment } from '../../../core/group/group-protocol.js'
import { groupedBy } from '../../../core/protocol/grouped-by.js'
import { realClock } from '../../../internal/real-clock.js'
import type { AdminProperties, DescribedGroup, EitherAdmin, TopicDescription } from '../../../ports/admin.js'
import type { TopicMetadata } from '../../../ports/kafka-calls.js'
import { createNewTopics } from '../create-topics.js'
import type { Rim } from '../network/broker-links.js'
import { KnownSecrets } from '../sasl/known-secrets.js'
import { WireError } from '../network/wire-error.js'
import { namedAcl, numberedAcl, numberedFilter } from './acl-numbers.js'
import { AdminSteps } from './admin-steps.js'
import { configSource, kafkajsType } from './config-types.js'
import { kafkajsFault, refusedFault } from './kafkajs-fault.js'
import { KafkajsClient } from './kafkajs-client.js'
import { existing, OwnAdminCalls } from './own-admin-calls.js'

/**
 * The admin client of a real cluster. Most of it is kafkajs's admin client, which is loaded when one of these is first called;
 * what that lacks, or does otherwise than Java's, goes over our own connections (`OwnAdminCalls`).
 */
export const kafkaAdmin = (
  connection: ConnectionSettings,
  rim: Partial<Rim>,
  kafkajsAdmin: (secrets: KnownSecrets) => Promise<KafkajsAdmin>,
  properties: AdminProperties = {}
): EitherAdmin => {
  const { clock = realClock, secrets = rim.pool?.secrets ?? new KnownSecrets() } = rim
  const hide = (text: string): string => secrets.hide(text)
  const limitMs = properties['default.api.timeout.ms'] ?? 60_000
  const settings = { ...connection, requestTimeoutMs: Math.min(connection.requestTimeoutMs, limitMs) }
  const kafkajs = new KafkajsClient(() => kafkajsAdmin(secrets), clock)
  const own = new OwnAdminCalls(settings, clock, rim)
  const { step, close } = new AdminSteps(clock, limitMs, hide, () => {
    kafkajs.close()
    own.close()
  })
  const timeout = settings.requestTimeoutMs

  return {
    describeCluster: () =>
      step({ api: 'DescribeCluster' }, async () => {
        const { brokers, controller, clusterId } = await kafkajs.use((admin) => admin.describeCluster())
        return { clusterId, controller, brokers }
      }),
    listTopics: () => step({ api: 'Metadata' }, async () => (await own.topics('all')).map(({ topic }) => topic).sort()),
    describeTopics: (topics) =>
      step({ api: 'Metadata' }, async () => {
        if (topics.length === 0) return []
        const found = existing(await own.topics(topics))
        return topics.flatMap((name) => found.filter(({ topic }) => topic === name).map(described))
      }),
    createTopics: (topics) =>
      step({ api: 'CreateTopics', mutates: true }, () => createNewTopics(settings, rim, topics)),
    deleteTopics: (topics) =>
      step({ api: 'DeleteTopics', about: topics.join(', '), mutates: true }, async (isOver) => {
        if (topics.length === 0) return
        const known = await own.topics(topics)
        const isMissing = ({ code }: TopicMetadata): boolean => code === errorCode.UNKNOWN_TOPIC_OR_PARTITION
        const there = known.filter((one) => !isMissing(one)).map(({ topic }) => topic)
        if (there.length > 0) await kafkajs.use((admin) => admin.deleteTopics({ topics: there, timeout }))
        if (there.length > 0) await own.until(there, isOver, (left) => left.every(isMissing))
        const missing = known.find(isMissing)
        if (missing !== undefined)
          throw new WireError(refusedFault('UNKNOWN_TOPIC_OR_PARTITION', { api: 'DeleteTopics' }, missing.topic))
      }),
    createPartitions: (topics) =>
      step(
        { api: 'CreatePartitions', about: topics.map(({ topic }) => topic).join(', '), mutates: true },
        async (isOver) => {
          if (topics.length === 0) return
          await own.createPartitions(topics)
          const wanted = new Map(topics.map(({ topic, partitions }) => [topic, partitions]))
          await own.until([...wanted.keys()], isOver, (now) =>
            now.every(
              ({ topic, partitions }) =>
                partitions.length >= (wanted.get(topic) ?? 0) && partitions.every(({ leader }) => leader >= 0)
            )
          )
        }
      ),
    deleteRecords: (deletions) =>
      step({ api: 'DeleteRecords', mutates: true }, async () => {
        await own.checkPartitions('DeleteRecords', deletions)
        const byTopic = [...groupedBy(deletions, ({ topic }) => topic)].map(([topic, those]) => ({
          topic,
          partitions: those.map(({ partition, before }) => ({
            partition,
            offset: before === 'end' ? '-1' : String(before)
          }))
        }))
        await kafkajs.use(async (admin) => {
          for (const one of byTopic) {
            // kafkajs looks for the leaders in what it knows, and knows nothing of a topic that it was not asked for before.
            try {
              await admin.fetchTopicOffsets(one.topic)
              await admin.deleteTopicRecords(one)
            } catch (error) {
              throw new WireError(kafkajsFault(error, { api: 'DeleteRecords', topic: one.topic }, hide))
            }
          }
        })
      }),
    listOffsets: (queries) => step({ api: 'ListOffsets' }, () => own.listOffsets(queries)),
    listGroups: () =>
      step({ api: 'ListGroups' }, async () => {
        const { groups } = await kafkajs.use((admin) => admin.listGroups())
        return groups
          .map(({ groupId, protocolType }) => ({ groupId, protocolType }))
          .sort((one, other) => (one.groupId < other.groupId ? -1 : 1))
      }),
    describeGroups: (groupIds) =>
      step({ api: 'DescribeGroups', about: groupIds.join(', ') }, async () => {
        if (groupIds.length === 0) return []
        await own.checkGroups('DescribeGroups', groupIds)
        const { groups } = await kafkajs.use((admin) => admin.describeGroups([...groupIds]))
        const all = groups.map((group): DescribedGroup => ({
          groupId: group.groupId,
          state: group.state,
          protocolType: group.protocolType,
          protocol: group.protocol,
          members: group.members.map(({ memberId, clientId, clientHost, memberAssignment }) => ({
            memberId,
            clientId,
            host: clientHost,
            assignment: decodeAssignment(memberAssignment)
          }))
        }))
        const dead = all.filter(({ state }) => state === 'Dead').map(({ groupId }) => groupId)
        const ofBrokers = dead.length === 0 ? [] : await own.consumerGroups(dead)
        const known = new Map([...all, ...ofBrokers].map((group) => [group.groupId, group]))
        return groupIds.flatMap((groupId) => known.get(groupId) ?? [])
      }),
    deleteGroups: (groupIds) =>
      step({ api: 'DeleteGroups', mutates: true }, async () => {
        if (groupIds.length === 0) return
        await own.checkGroups('DeleteGroups', groupIds)
        await kafkajs.use((admin) => admin.deleteGroups([...groupIds]))
      }),
    fetchOffsets: (groupId) =>
      step({ api: 'OffsetFetch', about: groupId }, async () => {
        const stored = await own.fetchOffsets(groupId)
        const found = stored.map(({ topic, partition, offset, metadata }) => ({ topic, partition, offset, metadata }))
        return found
          .filter(({ offset }) => offset >= 0n)
          .sort((one, other) =>
            one.topic === other.topic ? one.partition - other.partition : one.topic < other.topic ? -1 : 1
          )
      }),
    setOffsets: (groupId, offsets) =>
      step({ api: 'OffsetCommit', about: groupId }, () => own.setOffsets(groupId, offsets)),
    resetOffsets: (groupId, topics, to) =>
      step({ api: 'OffsetCommit', about: groupId }, () => own.resetOffsets(groupId, topics, to)),
    describeConfigs: (resources) =>
      step({ api: 'DescribeConfigs', about: resources.map(({ name }) => name).join(', ') }, async () => {
        if (resources.length === 0) return []
        const asked = resources.map(({ type, name, only }) => ({
          type: kafkajsType(type),
          name,
          ...(only === undefined ? {} : { configNames: [...only] })
        }))
        const answer = await kafkajs.use((admin) => admin.describeConfigs({ resources: asked, includeSynonyms: false }))
        return resources.flatMap(({ type, name }) =>
          answer.resources
            .filter((one) => one.resourceType === kafkajsType(type) && one.resourceName === name)
            .map(({ configEntries }) => ({
              type,
              name,
              entries: configEntries
                .map((entry) => ({
                  name: entry.configName,
                  value: entry.isSensitive ? null : (entry.configValue as string | null),
                  source: configSource(entry.configSource),
                  sensitive: entry.isSensitive,
                  readOnly: entry.readOnly
                }))
                .sort((one, other) => (one.name < other.name ? -1 : 1))
            }))
        )
      }),
    alterConfigs: (changes) =>
      step({ api: 'IncrementalAlterConfigs' }, async () => {
        if (changes.length > 0) await own.alterConfigs(changes)
      }),
    describeAcls: (filter = {}) =>
      step({ api: 'DescribeAcls' }, async () => {
        const { resources } = await kafkajs.use((admin) => admin.describeAcls(numberedFilter(filter)))
        return resources.flatMap(({ acls, ...resource }) => acls.map((acl) => namedAcl({ ...resource, ...acl })))
      }),
    createAcls: (acls) =>
      step({ api: 'CreateAcls' }, async () => {
        if (acls.length > 0) await kafkajs.use((admin) => admin.createAcls({ acl: acls.map(numberedAcl) }))
      }),
    deleteAcls: (filter) =>
      step({ api: 'DeleteAcls' }, async () => {
        const { filterResponses } = await kafkajs.use((admin) =>
          admin.deleteAcls({ filters: [numberedFilter(filter)] })
        )
        return filterResponses.flatMap(({ matchingAcls }) => matchingAcls.map(namedAcl))
      }),
    close
  }
}

const described = ({ topic, topicId, internal, partitions }: TopicMetadata): TopicDescription => ({
  topic,
  topicId,
  internal,
  partitions: partitions
    .map(({ partition, leader, replicas }) => ({ partition, leader: leader < 0 ? null : leader, replicas }))
    .sort((one, other) => one.partition - other.partition)
})

import { defer, filter, firstValueFrom, repeat, timeout } from 'rxjs'
import { faultOfError } from '../../model/consumer-error.js'
import type { Fault } from '../../model/fault.js'
import type { Admin } from '../../ports/awaitable-admin.js'
import type { Cluster } from '../../ports/cluster.js'
import { collect, includes, same, until } from './checks.js'
import { type ContractCase, ContractError } from './contract-case.js'
import { committedEnds, member, newTopic, numbered, produce, type Read, texts, uniqueName } from './contract-members.js'

const refused = async (asked: PromiseLike<unknown>): Promise<Fault> => {
  try {
    await asked
  } catch (thrown) {
    const fault = faultOfError(thrown)
    if (fault === null) throw thrown
    return fault
  }
  throw new ContractError('it was not refused')
}

/** A case with an admin client, which is closed at its end. */
const administered = (name: string, run: (admin: Admin, cluster: Cluster) => Promise<void>): ContractCase => ({
  name: `admin: ${name}`,
  run: async (cluster) => {
    const admin = cluster.admin()
    try {
      await run(admin, cluster)
    } finally {
      admin.close()
    }
  }
})

const offsets = (topic: string, ...ends: readonly number[]): readonly unknown[] =>
  ends.map((end, partition) => ({ topic, partition, offset: BigInt(end) }))

/** What an admin client has to do. */
// prettier-ignore
export const adminContract: readonly ContractCase[] = [
  administered('creates, lists, describes, extends and deletes topics', async (admin, cluster) => {
    const [topic, other] = [uniqueName(cluster, 'admin'), uniqueName(cluster, 'admin')]
    await admin.createTopics([{ topic, partitions: 2 }])
    same(await refused(admin.createTopics([{ topic, partitions: 2 }, { topic: other, partitions: 1 }])), { _tag: 'BrokerFault', api: 'CreateTopics', code: 36, name: 'TOPIC_ALREADY_EXISTS', topic, message: `Topic '${topic}' already exists.` })
    // Polled, since brokers may learn later of topics that a partly refused request has created.
    const both = (names: readonly string[]): boolean => [topic, other].every((one) => names.includes(one))
    const listed = await firstValueFrom(defer(() => admin.listTopics()).pipe(repeat({ delay: 10 }), filter(both), timeout(60_000)))
    same([...listed].sort(), listed)
    await admin.createPartitions([{ topic, partitions: 3 }])
    includes(await refused(admin.createPartitions([{ topic, partitions: 2 }])), { _tag: 'BrokerFault', api: 'CreatePartitions', name: 'INVALID_PARTITIONS', topic })
    const described = await admin.describeTopics([other, topic])
    same(described.map((one) => [one.topic, one.internal, one.partitions.map(({ partition }) => partition)]), [[other, false, [0]], [topic, false, [0, 1, 2]]])
    same(described.every(({ partitions }) => partitions.every(({ leader, replicas }) => leader !== null && replicas.includes(leader))), true)
    await produce(cluster, topic, numbered(5, 2))
    await admin.deleteTopics([topic])
    includes(await refused(admin.describeTopics([topic])), { _tag: 'BrokerFault', api: 'Metadata', name: 'UNKNOWN_TOPIC_OR_PARTITION', topic })
    includes(await refused(admin.deleteTopics([topic, other])), { _tag: 'BrokerFault', api: 'DeleteTopics', name: 'UNKNOWN_TOPIC_OR_PARTITION', topic })
    same((await admin.listTopics()).includes(other), false)
  }),
  administered(
    'shows a group while it has members, and changes its offsets only when they have left',
    async (admin, cluster) => {
      // prettier-ignore
      const topic = await newTopic(cluster, 2)
      for (const partition of [0, 1]) await produce(cluster, topic, numbered(4, partition))
      const group = uniqueName(cluster, 'group')
      same(await admin.describeGroups([group]), [{ groupId: group, type: null, state: 'Dead', protocolType: '', protocol: '', members: [] }])
      same(await admin.fetchOffsets(group), [])
      const reader = member(cluster, topic, group)
      const run = collect(texts()(reader))
      await until(() => committedEnds(reader, 2), 'both partitions read to their ends')
      const [stable] = await admin.describeGroups([group])
      includes(stable, { groupId: group, state: 'Stable', protocolType: 'consumer', members: [{ assignment: [0, 1].map((partition) => ({ topic, partition })) }] })
      same((await admin.listGroups()).filter(({ groupId }) => groupId === group), [{ groupId: group, type: stable?.type, protocolType: 'consumer', state: 'Stable' }])
      same(await admin.fetchOffsets(group), [0, 1].map((partition) => ({ topic, partition, offset: 4n, metadata: '' })))
      includes(await refused(admin.setOffsets(group, [{ topic, partition: 0, offset: 1n }])), { _tag: 'BrokerFault', api: 'OffsetCommit', name: 'UNKNOWN_MEMBER_ID', topic, partition: 0, message: `the group ${group} has members; end them first` })
      includes(await refused(admin.deleteGroups([group])), { _tag: 'BrokerFault', api: 'DeleteGroups', name: 'NON_EMPTY_GROUP', message: group })
      await reader.close()
      await run.ended
      await admin.setOffsets(group, [{ topic, partition: 0, offset: 3n, metadata: 'by hand' }])
      same(await admin.fetchOffsets(group), [{ topic, partition: 0, offset: 3n, metadata: 'by hand' }, { topic, partition: 1, offset: 4n, metadata: '' }])
      const seen: Read[] = []
      const next = member(cluster, topic, group)
      const again = collect(texts((record) => seen.push(record))(next))
      await until(() => committedEnds(next, 2), 'the rest read')
      await next.close()
      await again.ended
      same(seen.map(({ partition, offset }) => [partition, offset]), [[0, 3n]])
      includes(await admin.describeGroups([group]), [{ groupId: group, state: 'Empty', members: [] }])
      await admin.deleteGroups([group])
      same(await admin.fetchOffsets(group), [])
      includes(await admin.describeGroups([group]), [{ groupId: group, state: 'Dead' }])
      includes(await refused(admin.deleteGroups([group])), { _tag: 'BrokerFault', name: 'GROUP_ID_NOT_FOUND' })
    }
  ),
  administered('resets a group by place and by time, and looks up offsets', async (admin, cluster) => {
    const topic = await newTopic(cluster, 2)
    const group = uniqueName(cluster, 'reset')
    const times = [1_000, 2_000, 3_000]
    await produce(cluster, topic, times.map((timestamp) => ({ partition: 0, value: 'v', timestamp })))
    same(await admin.resetOffsets(group, [topic], 'end'), offsets(topic, 3, 0))
    same(await admin.fetchOffsets(group), offsets(topic, 3, 0).map((one) => ({ ...(one as object), metadata: '' })))
    same(await admin.resetOffsets(group, [topic], { timestamp: 1_500 }), offsets(topic, 1, 0))
    same(await admin.resetOffsets(group, [topic], 'beginning'), offsets(topic, 0, 0))
    const queries = [{ timestamp: 2_000 }, 'end', { timestamp: 9_000 }, 'beginning'] as const
    const found: unknown[] = []
    for (const at of queries) found.push((await admin.listOffsets([{ topic, partition: 0, at }]))[0]?.offset)
    same(found, [1n, 3n, 3n, 0n])
    includes(await refused(admin.listOffsets([{ topic, partition: 7, at: 'end' }])), { _tag: 'BrokerFault', name: 'UNKNOWN_TOPIC_OR_PARTITION', topic, partition: 7 })
    includes(await refused(admin.resetOffsets(group, [`${topic}-none`], 'end')), { _tag: 'BrokerFault', name: 'UNKNOWN_TOPIC_OR_PARTITION', topic: `${topic}-none` })
  }),
  administered('deletes records up to an offset, and all of them', async (admin, cluster) => {
    const topic = await newTopic(cluster, 2)
    for (const partition of [0, 1]) await produce(cluster, topic, numbered(10, partition))
    await admin.deleteRecords([{ topic, partition: 0, before: 4n }, { topic, partition: 1, before: 'end' }])
    const starts = await admin.listOffsets([0, 1].map((partition) => ({ topic, partition, at: 'beginning' })))
    same(starts, offsets(topic, 4, 10))
    includes(await refused(admin.deleteRecords([{ topic, partition: 0, before: 11n }])), { _tag: 'BrokerFault', api: 'DeleteRecords', name: 'OFFSET_OUT_OF_RANGE', topic, partition: 0 })
    for (const [name, partition] of [[topic, 7], [`${topic}-none`, 0]] as const)
      includes(await refused(admin.deleteRecords([{ topic: name, partition, before: 'end' }])), { _tag: 'BrokerFault', api: 'DeleteRecords', name: 'UNKNOWN_TOPIC_OR_PARTITION', topic: name })
  }),
  administered('changes what it names of a configuration, and leaves the rest', async (admin, cluster) => {
    const topic = uniqueName(cluster, 'configured')
    const config = { 'cleanup.policy': 'compact', 'retention.ms': '1000000' }
    await admin.createTopics([{ topic, partitions: 1, config }])
    const only = ['cleanup.policy', 'retention.ms', 'max.message.bytes']
    const set = async (): Promise<readonly unknown[]> => {
      const [described] = await admin.describeConfigs([{ type: 'topic', name: topic, only }])
      return (described?.entries ?? []).filter(({ source }) => source === 'topic').map(({ name, value }) => [name, value])
    }
    same(await set(), [['cleanup.policy', 'compact'], ['retention.ms', '1000000']])
    await admin.alterConfigs([{ type: 'topic', name: topic, set: { 'max.message.bytes': '2000' }, unset: ['retention.ms'] }])
    const changed = [['cleanup.policy', 'compact'], ['max.message.bytes', '2000']]
    for (let now = await set(); JSON.stringify(now) !== JSON.stringify(changed);) now = await set()
    includes(await refused(admin.describeConfigs([{ type: 'topic', name: `${topic}-none` }])), { _tag: 'BrokerFault', api: 'DescribeConfigs', name: 'UNKNOWN_TOPIC_OR_PARTITION', message: `${topic}-none` })
    includes(await refused(admin.alterConfigs([{ type: 'topic', name: `${topic}-none`, set: { 'retention.ms': '1' } }])), { _tag: 'BrokerFault', api: 'IncrementalAlterConfigs', name: 'UNKNOWN_TOPIC_OR_PARTITION', topic: `${topic}-none` })
  }),
  administered('says of the cluster who is in it', async (admin) => {
    const { clusterId, controller, brokers } = await admin.describeCluster()
    same([typeof clusterId, brokers.some(({ nodeId }) => nodeId === controller)], ['string', true])
  }),
  {
    name: 'admin: ends what is asked with a closed fault, once it is closed',
    run: async (cluster) => {
      const admin = cluster.admin()
      const [under, other] = [refused(admin.listTopics()), refused(admin.describeCluster())]
      admin.close()
      const closed = { _tag: 'ClosedFault', what: 'the admin client' }
      same([await under, await other, await refused(admin.listGroups())], [closed, closed, closed])
    }
  }
]

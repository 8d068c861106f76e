import { decodeAssignment } from '../../../core/group/member-subscription.js'
import { byPlace } from '../../../model/topic-partition.js'
import type { DescribedGroup, EitherAdmin } from '../../../ports/admin.js'
import type { BrokerLinks } from '../network/broker-links.js'
import type { AdminClients } from './admin-clients.js'
import { describeByBrokers } from './describe-by-brokers.js'
import { listAllGroups } from './list-all-groups.js'

type GroupAdmin = Pick<
  EitherAdmin,
  'listGroups' | 'describeGroups' | 'deleteGroups' | 'fetchOffsets' | 'setOffsets' | 'resetOffsets'
>

/** Groups and their offsets. */
export const kafkaGroupAdmin = ({ step, kafkajs, own }: AdminClients): GroupAdmin => ({
  listGroups: () =>
    step({ api: 'ListGroups' }, () => own.withLinks((links, { timeoutMs }) => listAllGroups(links, timeoutMs))),
  describeGroups: (groupIds) =>
    step({ api: 'DescribeGroups', about: groupIds.join(', ') }, async () => {
      if (groupIds.length === 0) return []
      await own.checkGroups('DescribeGroups', groupIds)
      const { groups } = await kafkajs.use((admin) => admin.describeGroups([...groupIds]))
      const all = groups.map((group): DescribedGroup => ({
        groupId: group.groupId,
        type: group.state === 'Dead' ? null : 'classic',
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
      const ofBrokers =
        dead.length === 0 ? [] : await own.withLinks((links, times) => byBrokers(links, times.timeoutMs, dead))
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
      return found.filter(({ offset }) => offset >= 0n).sort(byPlace)
    }),
  setOffsets: (groupId, offsets) =>
    step({ api: 'OffsetCommit', about: groupId }, () => own.setOffsets(groupId, offsets)),
  resetOffsets: (groupId, topics, to) =>
    step({ api: 'OffsetCommit', about: groupId }, () => own.resetOffsets(groupId, topics, to))
})

/** Describes those of the groups whose members use another protocol than the classic one. */
const byBrokers = async (
  links: BrokerLinks,
  timeoutMs: number,
  groupIds: readonly string[]
): Promise<readonly DescribedGroup[]> => {
  const consumers = await describeByBrokers(links, timeoutMs, 'consumer', groupIds)
  const others = groupIds.filter((id) => !consumers.some(({ groupId }) => groupId === id))
  const shares = others.length === 0 ? [] : await describeByBrokers(links, timeoutMs, 'share', others)
  return [...consumers, ...shares]
}

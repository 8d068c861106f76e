import { errorCode } from '../../../core/protocol/error-code.js'
import type { GroupType, ListedGroup } from '../../../ports/admin.js'
import type { BrokerLinks } from '../network/broker-links.js'
import { listGroups } from '../protocol/list-groups.js'
import { refusal } from './refusal.js'

const types: Readonly<Record<string, GroupType>> = {
  // Brokers that do not send the type have only classic groups.
  '': 'classic',
  classic: 'classic',
  consumer: 'consumer',
  share: 'share',
  streams: 'streams'
}

/** Lists all groups: each broker knows those that it coordinates. */
export const listAllGroups = async (links: BrokerLinks, timeoutMs: number): Promise<readonly ListedGroup[]> => {
  const { brokers } = await links.metadata([])
  const answers = await Promise.all(
    brokers.map(({ nodeId }) => links.sendToNode(nodeId, 'metadata', listGroups, [], { timeoutMs }))
  )
  for (const { code } of answers) if (code !== errorCode.NONE) throw refusal(code, { api: 'ListGroups' })
  return answers
    .flatMap(({ groups }) => groups)
    .map(({ groupId, protocolType, state, type }) => ({
      groupId,
      type: types[type.toLowerCase()] ?? 'unknown',
      protocolType,
      state
    }))
    .sort((one, other) => (one.groupId < other.groupId ? -1 : 1))
}

import { describeGroupVerdict } from '../../../core/protocol/admin-verdicts.js'
import { errorCode } from '../../../core/protocol/error-code.js'
import type { DescribedGroup } from '../../../ports/admin.js'
import { Coordinators } from '../coordinators.js'
import type { BrokerLinks } from '../network/broker-links.js'
import { WireError } from '../network/wire-error.js'
import { consumerGroupDescribe } from '../protocol/consumer-group-describe.js'
import { shareGroupDescribe } from '../protocol/share-group-describe.js'
import { refusal } from './refusal.js'

const kinds = {
  consumer: consumerGroupDescribe,
  share: shareGroupDescribe
} as const

/** Describes those of the groups that are of this kind; empty for brokers without support for it. */
export const describeByBrokers = async (
  links: BrokerLinks,
  timeoutMs: number,
  type: keyof typeof kinds,
  groupIds: readonly string[]
): Promise<readonly DescribedGroup[]> => {
  const api = kinds[type]
  const coordinators = new Coordinators(links, 'group')
  const describe = async (groupId: string): Promise<readonly DescribedGroup[]> => {
    const codeOf = ([first]: readonly { readonly code: number }[]): number => first?.code ?? errorCode.NONE
    const [group] = await coordinators.send(groupId, 'group', api, [groupId], { timeoutMs }, codeOf)
    if (group === undefined) return []
    const { code, state, assignor, members } = group
    switch (describeGroupVerdict(code)) {
      case 'described':
        return [{ groupId, type, state, protocolType: type, protocol: members.length === 0 ? '' : assignor, members }]
      case 'none':
        return []
      case 'refused':
        throw refusal(code, { api: api.name, about: groupId })
    }
  }
  try {
    return (await Promise.all(groupIds.map(describe))).flat()
  } catch (error) {
    if (error instanceof WireError && error.fault._tag === 'UnsupportedVersionFault') return []
    throw error
  }
}

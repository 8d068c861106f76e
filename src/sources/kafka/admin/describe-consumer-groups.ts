import { errorCode, errorName } from '../../../core/protocol/error-code.js'
import type { DescribedGroup } from '../../../ports/admin.js'
import { Coordinators } from '../coordinators.js'
import type { BrokerLinks } from '../network/broker-links.js'
import { WireError } from '../network/wire-error.js'
import { consumerGroupDescribe } from '../protocol/consumer-group-describe.js'
import { refusedFault } from './kafkajs-fault.js'

/** Kafka 3.9 knows the request and answers UNSUPPORTED_VERSION where the protocol is not switched on. */
const none: ReadonlySet<number> = new Set([errorCode.GROUP_ID_NOT_FOUND, errorCode.UNSUPPORTED_VERSION])

/** Those of the groups that are of the consumer protocol; none of brokers that do not speak it. */
export const describeConsumerGroups = async (
  links: BrokerLinks,
  timeoutMs: number,
  groupIds: readonly string[]
): Promise<readonly DescribedGroup[]> => {
  const coordinators = new Coordinators(links, 'group')
  const describe = async (groupId: string): Promise<readonly DescribedGroup[]> => {
    const codeOf = ([first]: readonly { readonly code: number }[]): number => first?.code ?? errorCode.NONE
    const times = { timeoutMs }
    const [group] = await coordinators.send(groupId, 'group', consumerGroupDescribe, [groupId], times, codeOf)
    if (group === undefined || none.has(group.code)) return []
    if (group.code !== errorCode.NONE)
      throw new WireError(refusedFault(errorName(group.code), { api: 'ConsumerGroupDescribe', about: groupId }))
    const { state, assignor, members } = group
    return [{ groupId, state, protocolType: 'consumer', protocol: members.length === 0 ? '' : assignor, members }]
  }
  try {
    return (await Promise.all(groupIds.map(describe))).flat()
  } catch (error) {
    if (error instanceof WireError && error.fault._tag === 'UnsupportedVersionFault') return []
    throw error
  }
}

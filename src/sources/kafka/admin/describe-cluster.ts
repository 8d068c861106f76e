import { errorCode } from '../../../core/protocol/error-code.js'
import type { ClusterDescription } from '../../../ports/admin.js'
import type { BrokerLinks } from '../network/broker-links.js'
import { metadata } from '../protocol/metadata.js'
import { refusal } from './refusal.js'

/** What any broker says of its cluster. */
export const describeCluster = async (links: BrokerLinks): Promise<ClusterDescription> => {
  const { code, brokers, clusterId, controllerId } = await links.sendToAny(metadata, [])
  if (code !== errorCode.NONE) throw refusal(code, { api: 'DescribeCluster' })
  return {
    clusterId,
    controller: controllerId < 0 ? null : controllerId,
    brokers: brokers.map(({ nodeId, host, port }) => ({ nodeId, host, port }))
  }
}

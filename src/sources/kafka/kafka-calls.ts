import type { ConnectionSettings } from '../../config/connection-settings.js'
import type { KafkaCalls } from '../../ports/kafka-calls.js'
import { BrokerLinks, type Rim } from './network/broker-links.js'
import { fetch, fetchByIdFrom } from './protocol/fetch.js'
import { listOffsets } from './protocol/list-offsets.js'
import { limitedTo } from './protocol/latest-usable-version.js'
import { offsetForLeaderEpoch } from './protocol/offset-for-leader-epoch.js'
import { groupCalls, type GroupTimeouts } from './group-calls.js'
import { stepOf } from './step-of.js'

/** Beyond the time for which the broker may hold the request. */
const graceMs = 5_000

/** Kafka's requests over the wire. */
export const kafkaCalls = (
  settings: ConnectionSettings,
  timeouts: GroupTimeouts,
  rim: Partial<Rim> = {}
): KafkaCalls => {
  const links = new BrokerLinks(settings, rim)
  /** topic names by ID: answers contain only IDs */
  const names = new Map<string, string>()
  const fetchById = fetch((topicId) => names.get(topicId) ?? '')
  const fetchByName = limitedTo(fetchById, { from: 0, to: fetchByIdFrom - 1 })
  const { requestTimeoutMs } = settings
  const ordinary = { timeoutMs: requestTimeoutMs }
  return {
    metadata: (topics) => stepOf(() => links.metadata(topics)),
    ...groupCalls(links, requestTimeoutMs, timeouts),
    listOffsets: (node, request) =>
      stepOf(() => links.sendToNode(node, 'metadata', listOffsets, { ...request, ...ordinary }, ordinary)),
    fetch: (node, request) => {
      const heldMs = request.maxWaitMs
      const times = { timeoutMs: Math.max(requestTimeoutMs, heldMs + graceMs), heldMs }
      // The end of a session, and refills, must not wait behind its long poll.
      const purpose = request.session.epoch >= 0 ? 'fetch' : request.partitions.length === 0 ? 'metadata' : 'refill'
      for (const { topic, topicId } of request.partitions) if (topicId !== null) names.set(topicId, topic)
      const api = request.byTopicId ? fetchById : fetchByName
      return stepOf(() => links.sendToNode(node, purpose, api, request, times))
    },
    offsetForLeaderEpoch: (node, partitions) =>
      stepOf(() => links.sendToNode(node, 'metadata', offsetForLeaderEpoch, partitions, ordinary)),
    close: () => {
      links.close()
    }
  }
}

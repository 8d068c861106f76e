import type { ConnectionSettings } from '../../config/connection-settings.js'
import { errorCode } from '../../core/protocol/error-code.js'
import type { ShareCalls } from '../../ports/kafka-calls.js'
import { Coordinators } from './coordinators.js'
import { BrokerLinks, type Rim } from './network/broker-links.js'
import { describeShareGroupOffsets } from './protocol/describe-share-group-offsets.js'
import { shareAcknowledgeOf } from './protocol/share-acknowledge.js'
import { shareFetchOf } from './protocol/share-fetch.js'
import { shareGroupHeartbeat } from './protocol/share-group-heartbeat.js'
import { stepOf } from './step-of.js'
import { withoutSecrets } from './without-secrets.js'

/** Beyond the time for which the broker may hold the request. */
const graceMs = 5_000
/**
 * A heartbeat that takes longer is sent again over another connection. Brokers give a member 45 s by default; the client does
 * not learn its session timeout.
 */
const heartbeatWithinMs = 10_000

/** The requests of a share group's member over the wire. */
export const shareCalls = (settings: ConnectionSettings, rim: Partial<Rim> = {}): ShareCalls => {
  const links = new BrokerLinks(settings, rim)
  const coordinators = new Coordinators(links, 'group', heartbeatWithinMs)
  const { requestTimeoutMs } = settings
  const soon = { timeoutMs: Math.min(requestTimeoutMs, heartbeatWithinMs), throttledMs: heartbeatWithinMs }
  return {
    metadata: (topics) => stepOf(() => links.metadata(topics)),
    shareGroupHeartbeat: (request) =>
      stepOf(async () => {
        const { groupId } = request
        const answer = await coordinators.send(groupId, 'group', shareGroupHeartbeat, request, soon, ({ code }) => code)
        return withoutSecrets(answer, links.secrets)
      }),
    shareFetch: (node, request) => {
      const heldMs = request.maxWaitMs
      const times = { timeoutMs: Math.max(requestTimeoutMs, heldMs + graceMs), heldMs }
      return stepOf(async () => {
        const answer = await links.sendToNode(node, 'fetch', shareFetchOf(request), request, times)
        return withoutSecrets(answer, links.secrets)
      })
    },
    shareAcknowledge: (node, request) => {
      const times = { timeoutMs: requestTimeoutMs }
      return stepOf(async () => {
        const api = shareAcknowledgeOf(request)
        const answer = await links.sendToNode(node, 'fetch', api, request, times)
        return withoutSecrets(answer, links.secrets)
      })
    },
    shareGroupLag: (groupId) =>
      stepOf(async () => {
        const times = { timeoutMs: requestTimeoutMs }
        // Not on the connection of the heartbeats, which would wait behind it.
        const api = describeShareGroupOffsets
        const answer = await coordinators.send(groupId, 'metadata', api, groupId, times, ({ code }) => code)
        return { code: answer.code, partitions: answer.partitions.filter(({ code }) => code === errorCode.NONE) }
      }),
    close: () => {
      links.close()
    }
  }
}

import type { ConnectionSettings } from '../../config/connection-settings.js'
import type { KafkaCalls } from '../../ports/kafka-calls.js'
import type { Step } from '../../ports/step.js'
import { Coordinators, tellingCode } from './coordinators.js'
import { BrokerLinks, type Purpose, type Rim } from './network/broker-links.js'
import type { LongTimes } from './network/broker-link.js'
import type { RequestTimes } from './network/connection.js'
import type { Api } from './protocol/api.js'
import { consumerGroupHeartbeatOf } from './protocol/consumer-group-heartbeat.js'
import { describeGroups } from './protocol/describe-groups.js'
import { fetch, fetchByIdFrom } from './protocol/fetch.js'
import { heartbeat } from './protocol/heartbeat.js'
import { joinGroup } from './protocol/join-group.js'
import { leaveGroup } from './protocol/leave-group.js'
import { listOffsets } from './protocol/list-offsets.js'
import { limitedTo } from './protocol/newest-common.js'
import { offsetCommitOf } from './protocol/offset-commit.js'
import { offsetFetchOf } from './protocol/offset-fetch.js'
import { offsetForLeaderEpoch } from './protocol/offset-for-leader-epoch.js'
import { syncGroupOf } from './protocol/sync-group.js'
import { stepOf } from './step-of.js'

/** Beyond the time for which the broker itself may hold a request. */
const graceMs = 5_000

/** How long the group's requests may take. */
export interface GroupTimeouts {
  readonly sessionTimeoutMs: number
  readonly rebalanceTimeoutMs: number
}

/** Kafka's requests over the wire. */
export const kafkaCalls = (
  settings: ConnectionSettings,
  timeouts: GroupTimeouts,
  rim: Partial<Rim> = {}
): KafkaCalls => {
  const links = new BrokerLinks(settings, rim)
  // A throttle time holds back nothing that keeps the membership for longer than this: behind it there is still time for the
  // answer not to come, which a broker that throttles may not read, and for another connection.
  const throttledMs = Math.floor(timeouts.sessionTimeoutMs / 4)
  const coordinators = new Coordinators(links, 'group', throttledMs)
  /** of all ids that were asked for: answers name topics by these only */
  const names = new Map<string, string>()
  const fetchById = fetch((topicId) => names.get(topicId) ?? '')
  const fetchByName = limitedTo(fetchById, { from: 0, to: fetchByIdFrom - 1 })
  const { requestTimeoutMs } = settings
  // A heartbeat that takes longer than this comes too late in any case: rather a new connection while there is time.
  const soon = { timeoutMs: Math.min(requestTimeoutMs, Math.ceil(timeouts.sessionTimeoutMs / 2)), throttledMs }
  const ordinary = { timeoutMs: requestTimeoutMs }
  const ofGroup = { timeoutMs: requestTimeoutMs, throttledMs }
  // Held until all members have come. A network that forgot the connection would be waited for as long: so it is sent
  // again after a while, and Kafka answers the newer request of a member.
  const long = {
    timeoutMs: Math.max(requestTimeoutMs, timeouts.rebalanceTimeoutMs + graceMs),
    renewMs: requestTimeoutMs,
    throttledMs
  }

  const toCoordinator = <Request, Response>(
    groupId: string,
    purpose: Purpose,
    api: Api<Request, Response>,
    request: Request,
    times: RequestTimes | LongTimes,
    codeOf: (response: Response) => number
  ): Step<Response> => stepOf(() => coordinators.send(groupId, purpose, api, request, times, codeOf))

  return {
    metadata: (topics) => stepOf(() => links.metadata(topics)),
    joinGroup: (request) =>
      toCoordinator(request.groupId, 'join', joinGroup, request, long, (response) => response.code),
    syncGroup: (request) =>
      toCoordinator(request.groupId, 'join', syncGroupOf(request), request, long, (response) => response.code),
    heartbeat: (member) => toCoordinator(member.groupId, 'group', heartbeat, member, soon, (response) => response),
    leaveGroup: (request) =>
      toCoordinator(request.groupId, 'group', leaveGroup, request, ofGroup, (response) => response),
    consumerGroupHeartbeat: (request) =>
      toCoordinator(request.groupId, 'group', consumerGroupHeartbeatOf(request), request, soon, (response) => response.code), // prettier-ignore
    describeGroup: (groupId) =>
      toCoordinator(groupId, 'group', describeGroups, groupId, ofGroup, (response) => response.code),
    offsetCommit: (request) =>
      toCoordinator(request.groupId, 'group', offsetCommitOf(request), request, ofGroup, tellingCode),
    offsetFetch: (groupId, partitions, member = null) => {
      const request = { groupId, partitions, member }
      return toCoordinator(groupId, 'group', offsetFetchOf(request), request, ofGroup, (response) => response.code)
    },
    listOffsets: (node, request) =>
      stepOf(() => links.sendToNode(node, 'metadata', listOffsets, { ...request, ...ordinary }, ordinary)),
    fetch: (node, request) => {
      const heldMs = request.maxWaitMs
      const times = { timeoutMs: Math.max(requestTimeoutMs, heldMs + graceMs), heldMs }
      // What is beside a session does not wait behind its long poll: the end of one, and refills.
      const purpose = request.session.epoch >= 0 ? 'fetch' : request.partitions.length === 0 ? 'metadata' : 'refill'
      for (const { topic, topicId } of request.partitions) if (topicId !== null) names.set(topicId, topic)
      const api = request.byTopicId ? fetchById : fetchByName
      return stepOf(async () => {
        const { endpoints, ...response } = await links.sendToNode(node, purpose, api, request, times)
        links.learnMore(endpoints)
        return response
      })
    },
    offsetForLeaderEpoch: (node, partitions) =>
      stepOf(() => links.sendToNode(node, 'metadata', offsetForLeaderEpoch, partitions, ordinary)),
    close: () => {
      links.close()
    }
  }
}

import type { ConnectionSettings } from '../../config/cluster-config.js'
import type { KafkaCalls } from '../../ports/kafka-calls.js'
import type { Step } from '../../ports/step.js'
import { Coordinators, tellingCode } from './coordinators.js'
import { BrokerLinks, type Purpose } from './network/broker-links.js'
import type { Api } from './protocol/api.js'
import { fetchV11 } from './protocol/fetch-v11.js'
import { heartbeatV3, joinGroupV9, leaveGroupV3, syncGroupV3 } from './protocol/group-apis.js'
import { listOffsetsV5, offsetCommitV7, offsetFetchV7 } from './protocol/offset-apis.js'
import { offsetForLeaderEpochV3 } from './protocol/offset-for-leader-epoch-v3.js'
import { stepOf } from './step-of.js'

/** Beyond the time for which the broker itself may hold a request. */
const graceMs = 5_000

/** How long the group's requests may take. */
export interface GroupTimeouts {
  readonly sessionTimeoutMs: number
  readonly rebalanceTimeoutMs: number
}

/** Kafka's requests over the wire. */
export const kafkaCalls = (settings: ConnectionSettings, timeouts: GroupTimeouts): KafkaCalls => {
  const links = new BrokerLinks(settings)
  const coordinators = new Coordinators(links, 'group')
  const { requestTimeoutMs } = settings
  // A heartbeat that takes longer than this comes too late in any case: rather a new connection while there is time.
  const heartbeatTimeoutMs = Math.min(requestTimeoutMs, Math.ceil(timeouts.sessionTimeoutMs / 2))
  const heldTimeoutMs = Math.max(requestTimeoutMs, timeouts.rebalanceTimeoutMs + graceMs)

  const toCoordinator = <Request, Response>(
    groupId: string,
    purpose: Purpose,
    api: Api<Request, Response>,
    request: Request,
    timeoutMs: number,
    codeOf: (response: Response) => number
  ): Step<Response> => stepOf(() => coordinators.send(groupId, purpose, api, request, timeoutMs, codeOf))

  return {
    metadata: (topics) => stepOf(() => links.metadata(topics)),
    joinGroup: (request) =>
      toCoordinator(request.groupId, 'join', joinGroupV9, request, heldTimeoutMs, (response) => response.code),
    syncGroup: (request) =>
      toCoordinator(request.groupId, 'join', syncGroupV3, request, heldTimeoutMs, (response) => response.code),
    heartbeat: (member) =>
      toCoordinator(member.groupId, 'group', heartbeatV3, member, heartbeatTimeoutMs, (response) => response),
    leaveGroup: (request) =>
      toCoordinator(request.groupId, 'group', leaveGroupV3, request, requestTimeoutMs, (response) => response),
    offsetCommit: (request) =>
      toCoordinator(request.groupId, 'group', offsetCommitV7, request, requestTimeoutMs, tellingCode),
    offsetFetch: (groupId, partitions) =>
      toCoordinator(
        groupId,
        'group',
        offsetFetchV7,
        { groupId, partitions },
        requestTimeoutMs,
        (response) => response.code
      ),
    listOffsets: (node, request) =>
      stepOf(() => links.sendToNode(node, 'metadata', listOffsetsV5, request, requestTimeoutMs)),
    fetch: (node, request) => {
      const timeoutMs = Math.max(requestTimeoutMs, request.maxWaitMs + graceMs)
      // What is beside a session does not wait behind its long poll: the end of one, and refills.
      const purpose = request.session.epoch >= 0 ? 'fetch' : request.partitions.length === 0 ? 'metadata' : 'refill'
      return stepOf(() => links.sendToNode(node, purpose, fetchV11, request, timeoutMs))
    },
    offsetForLeaderEpoch: (node, partitions) =>
      stepOf(() => links.sendToNode(node, 'metadata', offsetForLeaderEpochV3, partitions, requestTimeoutMs)),
    close: () => {
      links.close()
    }
  }
}

import type { KafkaCalls } from '../../ports/kafka-calls.js'
import type { Step } from '../../ports/step.js'
import { Coordinators, tellingCode } from './coordinators.js'
import type { LongTimes } from './network/broker-link.js'
import type { RequestTimeouts } from './network/connection.js'
import type { Api } from './protocol/api.js'
import { consumerGroupHeartbeatOf } from './protocol/consumer-group-heartbeat.js'
import { describeGroups } from './protocol/describe-groups.js'
import { heartbeat } from './protocol/heartbeat.js'
import { joinGroup } from './protocol/join-group.js'
import { leaveGroup } from './protocol/leave-group.js'
import { offsetCommitOf } from './protocol/offset-commit.js'
import { offsetFetchOf } from './protocol/offset-fetch.js'
import { syncGroupOf } from './protocol/sync-group.js'
import type { BrokerLinks, Purpose } from './network/broker-links.js'
import { stepOf } from './step-of.js'
import { withoutSecrets } from './without-secrets.js'

/** Beyond the time for which the broker may hold the request. */
const graceMs = 5_000

/** Time limits of the group's requests. */
export interface GroupTimeouts {
  readonly sessionTimeoutMs: number
  readonly rebalanceTimeoutMs: number
}

type GroupCalls = Pick<
  KafkaCalls,
  | 'joinGroup'
  | 'syncGroup'
  | 'heartbeat'
  | 'leaveGroup'
  | 'consumerGroupHeartbeat'
  | 'describeGroup'
  | 'offsetCommit'
  | 'offsetFetch'
>

/** The requests of a group's members to its coordinator. */
export const groupCalls = (links: BrokerLinks, requestTimeoutMs: number, timeouts: GroupTimeouts): GroupCalls => {
  // The maximum that a throttle time delays requests which keep the membership. A broker that throttles may not read the
  // connection: then there is still time for a timeout and for another connection.
  const throttledMs = Math.floor(timeouts.sessionTimeoutMs / 4)
  const coordinators = new Coordinators(links, 'group', throttledMs)
  // A slower heartbeat is too late in any case: a new connection is opened while there is time.
  const soon = { timeoutMs: Math.min(requestTimeoutMs, Math.ceil(timeouts.sessionTimeoutMs / 2)), throttledMs }
  const ofGroup = { timeoutMs: requestTimeoutMs, throttledMs }
  // The broker holds JoinGroup until all members have joined. If the network drops the connection, no answer comes, so the
  // request is sent again after a while; Kafka answers the newer request of a member.
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
    times: RequestTimeouts | LongTimes,
    codeOf: (response: Response) => number
  ): Step<Response> => stepOf(() => coordinators.send(groupId, purpose, api, request, times, codeOf))

  return {
    joinGroup: (request) =>
      toCoordinator(request.groupId, 'join', joinGroup, request, long, (response) => response.code),
    syncGroup: (request) =>
      toCoordinator(request.groupId, 'join', syncGroupOf(request), request, long, (response) => response.code),
    heartbeat: (member) => toCoordinator(member.groupId, 'group', heartbeat, member, soon, (response) => response),
    leaveGroup: (request) =>
      toCoordinator(request.groupId, 'group', leaveGroup, request, ofGroup, (response) => response),
    consumerGroupHeartbeat: (request) =>
      stepOf(async () => {
        const api = consumerGroupHeartbeatOf(request)
        const answer = await coordinators.send(request.groupId, 'group', api, request, soon, ({ code }) => code)
        return withoutSecrets(answer, links.secrets)
      }),
    describeGroup: (groupId) =>
      toCoordinator(groupId, 'group', describeGroups, groupId, ofGroup, (response) => response.code),
    offsetCommit: (request) =>
      toCoordinator(request.groupId, 'group', offsetCommitOf(request), request, ofGroup, tellingCode),
    offsetFetch: (groupId, partitions, member = null) => {
      const request = { groupId, partitions, member }
      return toCoordinator(groupId, 'group', offsetFetchOf(request), request, ofGroup, (response) => response.code)
    }
  }
}

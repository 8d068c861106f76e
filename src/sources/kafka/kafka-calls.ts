import { type Either, left, right } from 'fp-ts/lib/Either.js'
import { Observable } from 'rxjs'
import type { ConnectionSettings } from '../../config/cluster-config.js'
import type { Fault } from '../../model/fault.js'
import type { KafkaCalls } from '../../ports/kafka-calls.js'
import type { Step } from '../../ports/step.js'
import { Coordinators } from './coordinators.js'
import { BrokerLinks, type Purpose } from './network/broker-links.js'
import { WireError } from './network/wire-error.js'
import type { Api } from './protocol/api.js'
import { fetchV11 } from './protocol/fetch-v11.js'
import { heartbeatV3, joinGroupV9, leaveGroupV3, syncGroupV3 } from './protocol/group-apis.js'
import { metadataV8 } from './protocol/metadata-v8.js'
import { listOffsetsV5, offsetCommitV7, offsetFetchV7 } from './protocol/offset-apis.js'
import { offsetForLeaderEpochV3 } from './protocol/offset-for-leader-epoch-v3.js'

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

  const toNode = async <Request, Response>(
    nodeId: number,
    purpose: Purpose,
    api: Api<Request, Response>,
    request: Request,
    timeoutMs: number
  ): Promise<Response> => {
    const address = links.addressOf(nodeId)
    if (address === undefined)
      throw new WireError({ _tag: 'ConnectionFault', broker: `node ${String(nodeId)}`, reason: 'not in the cluster' })
    return links.sendTo(address, purpose, api, request, timeoutMs)
  }

  return {
    metadata: (topics) =>
      stepOf(async () => {
        const metadata = await links.sendToAny(metadataV8, topics)
        links.learn(metadata.brokers)
        return metadata
      }),
    joinGroup: (request) =>
      toCoordinator(request.groupId, 'join', joinGroupV9, request, heldTimeoutMs, (response) => response.code),
    syncGroup: (request) =>
      toCoordinator(request.groupId, 'join', syncGroupV3, request, heldTimeoutMs, (response) => response.code),
    heartbeat: (member) =>
      toCoordinator(member.groupId, 'group', heartbeatV3, member, heartbeatTimeoutMs, (response) => response),
    leaveGroup: (request) =>
      toCoordinator(request.groupId, 'group', leaveGroupV3, request, requestTimeoutMs, (response) => response),
    offsetCommit: (request) =>
      toCoordinator(
        request.groupId,
        'group',
        offsetCommitV7,
        request,
        requestTimeoutMs,
        (response) => response[0]?.code ?? 0
      ),
    offsetFetch: (groupId, partitions) =>
      toCoordinator(
        groupId,
        'group',
        offsetFetchV7,
        { groupId, partitions },
        requestTimeoutMs,
        (response) => response.code
      ),
    listOffsets: (node, request) => stepOf(() => toNode(node, 'metadata', listOffsetsV5, request, requestTimeoutMs)),
    fetch: (node, request) =>
      stepOf(() => toNode(node, 'fetch', fetchV11, request, Math.max(requestTimeoutMs, request.maxWaitMs + graceMs))),
    offsetForLeaderEpoch: (node, partitions) =>
      stepOf(() => toNode(node, 'metadata', offsetForLeaderEpochV3, partitions, requestTimeoutMs)),
    close: () => {
      links.close()
    }
  }
}

/** A promise as a step: the rim where promises end. */
export const stepOf = <A>(begin: () => Promise<A>): Step<A> =>
  new Observable<Either<Fault, A>>((subscriber) => {
    const give = (answer: Either<Fault, A>): void => {
      subscriber.next(answer)
      subscriber.complete()
    }
    begin().then(
      (value) => {
        give(right(value))
      },
      (error: unknown) => {
        if (error instanceof WireError) give(left(error.fault))
        // Anything else is a bug here, not a fault of the network: it has to be seen.
        else subscriber.error(error)
      }
    )
  })

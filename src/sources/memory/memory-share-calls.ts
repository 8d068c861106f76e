import { isLeft } from 'fp-ts/lib/Either.js'
import { tap } from 'rxjs'
import { idKeyOf } from '../../core/group/consumer-protocol/topic-id-partition.js'
import { errorCode } from '../../core/protocol/error-code.js'
import { sessionEpoch } from '../../core/share/share-messages.js'
import type {
  ShareAcknowledgeResponse,
  ShareCalls,
  ShareFetchRequest,
  ShareFetchResponse,
  ShareGroupLagResponse
} from '../../ports/kafka-calls.js'
import type { Step } from '../../ports/step.js'
import type { BrokerModel } from './broker-model.js'
import { refusedHeartbeat } from './heartbeat-checks.js'
import { longPoll } from './long-poll.js'
import { MemoryConnection } from './memory-connection.js'
import { memoryMetadata } from './memory-metadata.js'

/** The requests of a share group's member, sent to the broker model directly. */
export const memoryShareCalls = (model: BrokerModel): ShareCalls => {
  const connection = new MemoryConnection(model)
  /** the sessions that end with this connection */
  const sessions = new Map<string, { readonly groupId: string; readonly memberId: string }>()
  const inSession = <A>(request: { readonly groupId: string; readonly memberId: string }, step: Step<A>): Step<A> => {
    sessions.set(`${request.groupId} ${request.memberId}`, request)
    return step.pipe(
      tap((answer) => {
        // A broken connection ends the session.
        if (isLeft(answer)) model.shares(request.groupId).group.memberGone(request.memberId)
      })
    )
  }
  return {
    metadata: (topics) => memoryMetadata(model, connection, topics),
    shareGroupHeartbeat: (request) =>
      connection.now('ShareGroupHeartbeat', refusedHeartbeat, () => {
        // A group keeps its type when it is empty.
        const isOther = !model.consumers(request.groupId).isUnused || model.offsets(request.groupId).size > 0
        return isOther
          ? refusedHeartbeat(errorCode.GROUP_ID_NOT_FOUND)
          : model.shares(request.groupId).coordinator.heartbeat(request)
      }),
    shareFetch: (_node, request) =>
      inSession(
        request,
        connection.call('ShareFetch', refusedFetch, (give) => serveShareFetch(model, request, give))
      ),
    shareAcknowledge: (_node, request) =>
      inSession(
        request,
        connection.now('ShareAcknowledge', refusedAcknowledge, () => {
          const { group } = model.shares(request.groupId)
          const { memberId, partitions } = request
          // Only a fetch opens a session.
          if (request.sessionEpoch === sessionEpoch.open)
            return refusedAcknowledge(errorCode.INVALID_SHARE_SESSION_EPOCH)
          const refused = group.step(request, partitions.length > 0)
          if (refused !== errorCode.NONE) return refusedAcknowledge(refused)
          const answers = group.acknowledge(memberId, partitions, group.failing('ShareAcknowledge', partitions))
          if (request.sessionEpoch === sessionEpoch.close) group.memberGone(memberId)
          return { code: errorCode.NONE, message: null, lockTimeoutMs: group.lockMs, partitions: answers }
        })
      ),
    shareGroupLag: (groupId) =>
      connection.now(
        'DescribeShareGroupOffsets',
        (code): ShareGroupLagResponse => ({ code, partitions: [] }),
        () => ({ code: errorCode.NONE, partitions: model.shares(groupId).group.offsets })
      ),
    close: () => {
      for (const { groupId, memberId } of sessions.values()) model.shares(groupId).group.memberGone(memberId)
      sessions.clear()
      connection.close()
    }
  }
}

const refusedFetch = (code: number): ShareFetchResponse => ({ code, message: null, lockTimeoutMs: 0, partitions: [] })
const refusedAcknowledge = (code: number): ShareAcknowledgeResponse => ({
  code,
  message: null,
  lockTimeoutMs: 0,
  partitions: []
})

/** Answers when there is something to return, or records are available, or the wait is over. */
const serveShareFetch = (
  model: BrokerModel,
  request: ShareFetchRequest,
  answer: (response: ShareFetchResponse) => void
): (() => void) | undefined => {
  const { group } = model.shares(request.groupId)
  const acknowledged = request.partitions.filter(({ acknowledgements }) => acknowledgements.length > 0)
  const refused = group.step(request, acknowledged.length > 0)
  if (refused !== errorCode.NONE) {
    answer(refusedFetch(refused))
    return undefined
  }
  group.list(request)
  const { memberId } = request
  const failing = group.failing('ShareFetch', group.listedBy(memberId))
  const codes = new Map(group.acknowledge(memberId, acknowledged, failing).map((one) => [idKeyOf(one), one]))
  const give = (fetched: ShareFetchResponse['partitions']): void => {
    const withCodes = fetched.map((one) => ({
      ...one,
      acknowledgeCode: codes.get(idKeyOf(one))?.code ?? errorCode.NONE
    }))
    const others = [...codes.values()].filter((one) => !fetched.some((other) => idKeyOf(other) === idKeyOf(one)))
    const partitions = [
      ...withCodes,
      ...others.map(({ code, ...place }) => ({
        ...place,
        code: errorCode.NONE,
        acknowledgeCode: code,
        records: new Uint8Array(0),
        acquired: []
      }))
    ]
    answer({ code: errorCode.NONE, message: null, lockTimeoutMs: group.lockMs, partitions })
  }
  return longPoll(model, request.maxWaitMs, {
    read: () => group.acquire(request, failing),
    isEnough: (acquired) => acquired.length > 0,
    atEnd: () => [],
    give
  })
}

import { map as mapRight } from 'fp-ts/lib/Either.js'
import { concatMap, map, of } from 'rxjs'
import { errorCode } from '../../src/core/protocol/error-code.js'
import { acknowledgeType } from '../../src/core/share/share-messages.js'
import type { ShareAcknowledgeRequest, ShareCalls, ShareFetchRequest } from '../../src/ports/kafka-calls.js'
import type { Step } from '../../src/ports/step.js'

/** The record is released behind the member's back, before the first request that acknowledges others with it. */
export const releasedBehind =
  (offset: bigint) =>
  (calls: ShareCalls): ShareCalls => {
    let ahead = 0
    const moved = <R extends ShareAcknowledgeRequest | ShareFetchRequest>(request: R): R => {
      if (request.sessionEpoch === 0) ahead = 0
      return request.sessionEpoch <= 0 ? request : { ...request, sessionEpoch: request.sessionEpoch + ahead }
    }
    const first = (node: number, request: ShareAcknowledgeRequest | ShareFetchRequest): Step<unknown> => {
      const [listed] = request.partitions.filter(({ acknowledgements }) => acknowledgements.length > 0)
      if (listed === undefined || ahead > 0) return of(null) as unknown as Step<unknown>
      const { groupId, memberId, sessionEpoch } = request
      const acknowledgements = [{ firstOffset: offset, lastOffset: offset, types: [acknowledgeType.release] }]
      ahead = 1
      const partitions = [{ ...listed, acknowledgements }]
      return calls.shareAcknowledge(node, { groupId, memberId, sessionEpoch, renews: false, partitions })
    }
    return {
      ...calls,
      shareFetch: (node, request) => first(node, request).pipe(concatMap(() => calls.shareFetch(node, moved(request)))),
      shareAcknowledge: (node, request) =>
        first(node, request).pipe(concatMap(() => calls.shareAcknowledge(node, moved(request))))
    }
  }

/** The broker answers so often that it could not store the acknowledgements, which never reach it. */
export const notStoring =
  (times: number) =>
  (calls: ShareCalls): ShareCalls => {
    let left = times
    const code = errorCode.COORDINATOR_NOT_AVAILABLE
    const acknowledging = ({ partitions }: ShareAcknowledgeRequest | ShareFetchRequest) =>
      partitions.filter(({ acknowledgements }) => acknowledgements.length > 0)
    const fails = (request: ShareAcknowledgeRequest | ShareFetchRequest): boolean =>
      acknowledging(request).length > 0 && left-- > 0
    return {
      ...calls,
      shareFetch: (node, request) => {
        if (!fails(request)) return calls.shareFetch(node, request)
        const partitions = request.partitions.map((one) => ({ ...one, acknowledgements: [] }))
        const refused = acknowledging(request).map(({ topicId, partition }) => `${topicId}/${String(partition)}`)
        return calls.shareFetch(node, { ...request, partitions }).pipe(
          map(
            mapRight((answer) => {
              const answered = answer.partitions.filter((one) => !refused.includes(`${one.topicId}/${String(one.partition)}`)) // prettier-ignore
              const others = acknowledging(request).map(({ topicId, partition }) => {
                const place = { topicId, partition }
                const nothing = { ...place, code: 0, currentLeader: null, records: new Uint8Array(0), acquired: [] }
                const given = answer.partitions.find((one) => one.topicId === topicId && one.partition === partition)
                return { ...(given ?? nothing), acknowledgeCode: code }
              })
              return { ...answer, partitions: [...answered, ...others] }
            })
          )
        )
      },
      shareAcknowledge: (node, request) => {
        if (!fails(request)) return calls.shareAcknowledge(node, request)
        const answers = acknowledging(request).map(({ topicId, partition }) => ({ topicId, partition, code, currentLeader: null })) // prettier-ignore
        return calls
          .shareAcknowledge(node, { ...request, partitions: [] })
          .pipe(map(mapRight((answer) => ({ ...answer, partitions: answers }))))
      }
    }
  }

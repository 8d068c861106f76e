import {
  type ConsumerGroupHeartbeatRequest,
  type ConsumerGroupHeartbeatResponse,
  memberEpoch
} from '../../core/group/consumer-protocol/heartbeat-messages.js'
import { errorCode as code } from '../../core/protocol/error-code.js'
import type { ErrorCode } from '../../ports/kafka-calls.js'
import { remoteAssignors } from './remote-assignors.js'
import { isSubset, type RemoteMemberState } from './remote-member.js'

/** The answer to a request that is invalid for every member (`throwIfConsumerGroupHeartbeatRequestIsInvalid`); null if it is valid. */
export const refusalOf = (request: ConsumerGroupHeartbeatRequest): ConsumerGroupHeartbeatResponse | null => {
  const invalid = (message: string): ConsumerGroupHeartbeatResponse => ({
    ...refusedHeartbeat(code.INVALID_REQUEST),
    message
  })
  if (request.groupId.trim() === '') return invalid("GroupId can't be empty.")
  if (request.memberId.trim() === '') return invalid("MemberId can't be empty.")
  if (request.memberEpoch === memberEpoch.leaveForAWhile && request.groupInstanceId === null)
    return invalid("InstanceId can't be null.")
  if (request.memberEpoch === memberEpoch.join) {
    if (request.rebalanceTimeoutMs === null) return invalid('RebalanceTimeoutMs must be provided in first request.')
    if (request.owned === null || request.owned.length > 0)
      return invalid('TopicPartitions must be empty when (re-)joining.')
    if (request.topics === null && request.pattern === null)
      return invalid('Either SubscribedTopicNames or SubscribedTopicRegex must be non-null when (re-)joining.')
  }
  if (request.assignor !== null && !remoteAssignors.has(request.assignor))
    return {
      ...refusedHeartbeat(code.UNSUPPORTED_ASSIGNOR),
      message: `ServerAssignor ${request.assignor} is not supported.`
    }
  return null
}

/**
 * Refuses a request with another epoch than the member's. The former epoch is accepted if the member owns only assigned
 * partitions: the answer with the new one may have been lost. Follows Kafka before 4.3, which also accepts a member that joins
 * again.
 */
export const fencing = (
  member: RemoteMemberState,
  { memberEpoch: epoch, owned }: ConsumerGroupHeartbeatRequest
): ErrorCode => {
  if (epoch === member.epoch) return code.NONE
  const isLate = epoch < member.epoch && epoch === member.previousEpoch
  return isLate && owned !== null && isSubset(owned, member.assigned) ? code.NONE : code.FENCED_MEMBER_EPOCH
}

/** An answer that has only a code. */
export const refusedHeartbeat = (errorCode: ErrorCode): ConsumerGroupHeartbeatResponse => ({
  code: errorCode,
  message: null,
  memberId: null,
  memberEpoch: 0,
  heartbeatIntervalMs: 0,
  assignment: null
})

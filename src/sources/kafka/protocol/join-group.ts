import { errorCode } from '../../../core/protocol/error-code.js'
import type { JoinGroupRequest, JoinGroupResponse } from '../../../ports/kafka-calls.js'
import { describedApi } from './described-api.js'
import { array, atMost, bool, bytes, int16, int32, nullable, string } from './message.js'

/**
 * A coordinator writes a group as one record, with about 150 bytes for each member: with its defaults up to 7,000 members. The
 * leader reads all subscriptions and assigns in one turn.
 */
export const mostMembers = 50_000

/** The protocol type of consumer groups; Kafka Connect's is `connect`. */
export const consumerProtocol = 'consumer'

/**
 * Version 5 is the first with static members (KIP-345); since 4 a new member first gets its ID. From 9 on a static leader that
 * returns learns that it leads a group with a valid assignment (KIP-814); before that, it only learns that its former member ID
 * leads.
 */
export const joinGroup = describedApi({
  name: 'JoinGroup',
  key: 11,
  versions: '5-9',
  flexibleFrom: 6,
  request: {
    groupId: string('0+'),
    sessionTimeoutMs: int32('0+'),
    rebalanceTimeoutMs: int32('1+', -1),
    memberId: string('0+'),
    groupInstanceId: nullable(string('5+')),
    protocolType: string('0+'),
    protocols: array('0+', { name: string('0+'), metadata: bytes('0+') }),
    reason: nullable(string('8+'))
  },
  response: {
    throttleTimeMs: int32('2+'),
    errorCode: int16('0+'),
    generationId: int32('0+', -1),
    protocolType: nullable(string('7+')),
    protocolName: nullable(string('0+')),
    leader: string('0+'),
    skipAssignment: bool('9+'),
    memberId: string('0+'),
    members: atMost(
      mostMembers,
      array('0+', {
        memberId: string('0+'),
        groupInstanceId: nullable(string('5+')),
        metadata: bytes('0+')
      })
    )
  },
  toMessage: (request: JoinGroupRequest) => ({ ...request, protocolType: consumerProtocol, reason: null }),
  fromMessage: (answer): JoinGroupResponse => ({
    // As in Java's client: otherwise a leader would decode the members' metadata by the wrong rules.
    code:
      answer.errorCode === errorCode.NONE && (answer.protocolType ?? consumerProtocol) !== consumerProtocol
        ? errorCode.INCONSISTENT_GROUP_PROTOCOL
        : answer.errorCode,
    generation: answer.generationId,
    protocol: answer.protocolName ?? '',
    leader: answer.leader,
    skipAssignment: answer.skipAssignment,
    memberId: answer.memberId,
    members: answer.members
  })
})
